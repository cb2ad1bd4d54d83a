/*
 * sc_verify.h: the one engine that decides whether a callback is authentic.
 *
 * A platform describes its scheme as data: which algorithm, where the signature
 * and the time are found, how they are encoded, what text is signed.  The
 * engine computes; platforms compute nothing.  It works on the raw request
 * bytes, compares decoded bytes in constant time against every configured
 * secret without returning early, and says why it refused.
 *
 * It must not allocate without bound, log, or read a clock.
 */

#ifndef SC_VERIFY_H
#define SC_VERIFY_H

#include "sc_arena.h"
#include "sc_encoding.h"
#include "sc_request.h"
#include "sc_secret.h"
#include "sc_time.h"


typedef enum {
    SC_SCHEME_HMAC = 0,        /* digest over `message` */
    SC_SCHEME_STANDARD_WEBHOOKS, /* v1 (HMAC) and v1a (Ed25519) in one list */
    SC_SCHEME_TOKEN,           /* a shared token, compared in constant time */
    SC_SCHEME_BASIC,           /* RFC 7617; secret is "user:password" */
    SC_SCHEME_SIGNED_REQUEST,  /* Meta: base64url(sig).base64url(payload) */
    SC_SCHEME_ED25519,
    SC_SCHEME_ECDSA_P256,      /* DER signature, SHA-256 */
    SC_SCHEME_RSA_SHA256,      /* RSASSA-PKCS1-v1_5 */
    SC_SCHEME_JWT,
    SC_SCHEME_SHA1_SORTED,     /* WeChat: digest of the sorted, joined texts
                                  secret, timestamp, id and `sorted` */
    SC_SCHEME_FORM_SORTED,     /* Twilio: URL + sorted parameters, or URL
                                  alone with bodySHA256 in its query */
    SC_SCHEME_PARAMETERS_SORTED /* Vonage's legacy `sig`: signature, timestamp
                                  and id are names of parameters in query,
                                  form or JSON */
} sc_scheme_kind_t;


typedef enum {
    SC_DIGEST_SHA256 = 0,
    SC_DIGEST_SHA1,
    SC_DIGEST_SHA384,
    SC_DIGEST_SHA512,
    SC_DIGEST_MD5
} sc_digest_t;


typedef enum {
    SC_SIGNATURE_HEX = 0,      /* either case */
    SC_SIGNATURE_BASE64,       /* padding required */
    SC_SIGNATURE_BASE64_UNPADDED, /* padding optional */
    SC_SIGNATURE_BASE64URL
} sc_signature_encoding_t;


typedef enum {
    SC_SIGNATURE_SINGLE = 0,
    SC_SIGNATURE_LIST_SPACE,   /* a b c: any may match */
    SC_SIGNATURE_LIST_COMMA,
    SC_SIGNATURE_LIST_KEYS     /* t=..,v1=..,v1=..: every `list_key` counts */
} sc_signature_list_t;


/* Where in the request a value is found. */
typedef enum {
    SC_FROM_NOWHERE = 0,
    SC_FROM_HEADER,
    SC_FROM_QUERY,
    SC_FROM_FORM,              /* urlencoded body */
    SC_FROM_JSON,              /* `name` is an RFC 6901 pointer into the body */
    SC_FROM_LIST,              /* `name` is a key of the signature list */
    SC_FROM_CLAIM,             /* member of a JWT's claims or of a signed
                                  request's payload */
    SC_FROM_XML                /* text of a child of the body's root element */
} sc_from_t;


typedef struct {
    sc_from_t from;
    sc_str_t  name;
} sc_field_t;


/* The signed text as a list of parts; a scheme without parts signs {body}. */
typedef enum {
    SC_PART_LITERAL = 0,
    SC_PART_BODY,
    SC_PART_TIMESTAMP,         /* as received */
    SC_PART_ID,
    SC_PART_METHOD,
    SC_PART_PATH,
    SC_PART_URI,
    SC_PART_URL,
    SC_PART_HOST,
    SC_PART_HEADER,
    SC_PART_QUERY,
    SC_PART_BODY_SHA256_HEX,
    SC_PART_BODY_MD5_BASE64,   /* empty for an empty body (Content-MD5) */
    SC_PART_QUERY_STRING       /* all of it, as received */
} sc_part_kind_t;


typedef struct {
    sc_part_kind_t kind;
    sc_str_t       text;       /* literal, or header / query name */
} sc_part_t;


#define SC_TEMPLATE_MAX_PARTS  16


typedef struct {
    sc_part_t parts[SC_TEMPLATE_MAX_PARTS];
    size_t    count;
} sc_template_t;


/* Algorithms that a JWT scheme may pin; a bit set, 0 = HS256 only. */
#define SC_JWT_HS256  0x01
#define SC_JWT_HS384  0x02
#define SC_JWT_HS512  0x04
#define SC_JWT_RS256  0x08
#define SC_JWT_ES256  0x10


/*
 * What a JWT must claim besides having a valid signature.  exp, nbf and iat are
 * checked whenever present: exp > now - leeway, nbf and iat <= now + leeway.
 * To limit the age of iat, make it the scheme's timestamp (SC_FROM_CLAIM).
 * Hash claims are hex SHA-256; the body's is required when there is a body.
 */
typedef struct {
    unsigned        algorithms;
    const sc_str_t *issuers;       /* iss is one of them */
    size_t          issuers_count;
    const sc_str_t *audiences;     /* aud is or contains one of them */
    size_t          audiences_count;
    bool            audience_is_url; /* aud is or contains request->url */
    sc_str_t        email;         /* and email_verified is true */
    sc_str_t        body_hash;     /* name of the claim */
    sc_str_t        url_hash;      /* name of the claim */
    bool            require_exp;
    int64_t         leeway_ms;
} sc_jwt_rules_t;


/* When the alternative scheme is tried. */
typedef enum {
    SC_ALTERNATIVE_IF_ABSENT = 0, /* the first scheme's signature is missing */
    SC_ALTERNATIVE_IF_REFUSED  /* the first scheme refuses for any reason */
} sc_alternative_t;


#define SC_SORTED_MAX  4

/* As sc_verify's tolerance_ms: the scheme's own, else 300 s. */
#define SC_TOLERANCE_DEFAULT  (-1)


typedef struct sc_verify_scheme_s  sc_verify_scheme_t;

struct sc_verify_scheme_s {
    sc_scheme_kind_t          kind;
    sc_digest_t               digest;
    sc_field_t                signature;
    sc_signature_encoding_t   encoding;
    sc_str_t                  prefix;      /* required where not empty */
    sc_signature_list_t       list;
    sc_str_t                  list_key;
    sc_field_t                timestamp;
    sc_time_format_t          timestamp_format;
    bool                      no_tolerance; /* time is signed, not checked */
    sc_field_t                id;
    sc_template_t             message;
    sc_field_t                secret_by;   /* value equals a secret's label */
    const sc_verify_scheme_t *alternative;
    sc_alternative_t          alternative_when;

    /* All below: 0 is the usual case. */
    bool                      prefix_optional;  /* stripped where present */
    bool                      prefix_any_case;
    bool                      prefix_is_digest; /* WebSub: `sha1=` … `sha512=`
                                                   chooses the digest */
    unsigned                  digests;     /* which of them: bits 1 << digest,
                                              0 = all but MD5 */
    bool                      form_last;   /* a repeated form field: use the
                                              last one, not DOUBLED */
    bool                      plain_digest; /* PARAMETERS_SORTED: digest of
                                              text and secret, no HMAC */
    bool                      retry_escaped; /* HMAC: then try the body with
                                              \uXXXX for non-ASCII (Meta) */
    bool                      coded_secret; /* STANDARD_WEBHOOKS: a secret
                                              without whsec_, base64: or hex:
                                              is refused as a mistake */
    bool                      id_once;     /* the body is not signed: a
                                              repeated id must come with the
                                              same content (sc_replay.h) */
    int64_t                   tolerance_ms; /* when the caller has none */
    sc_field_t                sorted[SC_SORTED_MAX]; /* SHA1_SORTED: others */
    sc_jwt_rules_t            jwt;
};


typedef enum {
    SC_VERIFY_OK = 0,
    SC_VERIFY_NO_SIGNATURE,    /* absent or empty */
    SC_VERIFY_DOUBLED,         /* a header or field that counts is repeated */
    SC_VERIFY_MALFORMED,       /* prefix, alphabet or length; a part of the
                                  signed text is absent */
    SC_VERIFY_MISMATCH,        /* no secret matches */
    SC_VERIFY_NO_TIMESTAMP,    /* absent, doubled or unreadable */
    SC_VERIFY_STALE,           /* older than the tolerance */
    SC_VERIFY_FUTURE,          /* further ahead than the tolerance */
    SC_VERIFY_NO_SECRET,       /* every secret is past its `until` */
    SC_VERIFY_BAD_CLAIM,       /* JWT: alg, iss, aud, exp, hash … */
    SC_VERIFY_TOO_LARGE,       /* beyond the callback's budget */
    SC_VERIFY_UNKNOWN_KEY,     /* JWT: `kid` is not in the JWKS (yet): 503 */
    SC_VERIFY_REPLAYED,        /* not from sc_verify(): see scheme->id_once */
    SC_VERIFY_NO_MEMORY,       /* the machine has none: not verified, 503 */
    SC_VERIFY_RESULTS          /* how many there are: for counters */
} sc_verify_result_t;


typedef struct {
    sc_verify_result_t result;
    size_t             secret;     /* index that matched, when OK */
    int64_t            signed_ms;  /* the signed time, or -1 */
    sc_str_t           id;         /* what the scheme's `id` names (signed
                                      if the message holds it), or empty */
    sc_str_t           payload;    /* decoded claims or payload (JSON) of a
                                      JWT or signed request, or empty */
} sc_verdict_t;


/*
 * Verifies `request`.  Where the scheme signs a time, `now_ms` and
 * `tolerance_ms` decide freshness: a difference of exactly the tolerance
 * passes, more fails; 0 turns the check off, SC_TOLERANCE_DEFAULT uses the
 * scheme's.  Scratch memory comes from `arena`, which is marked as starved when
 * OpenSSL runs out of memory.  A secret that was not prepared for the scheme
 * never matches.
 */
void sc_verify(const sc_verify_scheme_t *scheme, const sc_request_t *request,
    const sc_secrets_t *secrets, int64_t now_ms, int64_t tolerance_ms,
    sc_arena_t *arena, sc_verdict_t *verdict);

/*
 * How long a signed time is valid; `tolerance_ms` as for sc_verify().  0: no
 * limit.
 */
int64_t sc_verify_tolerance(const sc_verify_scheme_t *scheme,
    int64_t tolerance_ms);

/* Snake-case word for counters, labels and logs; never NULL. */
const char *sc_verify_result_name(sc_verify_result_t result);

/*
 * Reads a template such as `{timestamp}.{body}` with `\n`, `\t`, `\\` and
 * `\{`; words: body, timestamp, id, method, path, uri, url, host,
 * header:NAME, query:NAME (undecoded), query (all of it), body_sha256_hex,
 * body_md5_base64.
 * Parts point into `text`, escapes are copied to the arena.  False with
 * *problem set to a static sentence.
 */
bool sc_template_read(sc_arena_t *arena, sc_str_t text,
    sc_template_t *template, const char **problem);

/*
 * One HMAC, for answers that carry one (X's CRC).  `out` holds 64 bytes; *len
 * is the digest's size.  False when OpenSSL has no memory.
 */
bool sc_hmac(sc_digest_t digest, sc_str_t key, sc_str_t data,
    unsigned char *out, size_t *len);

/* Equal length and content, in constant time for equal lengths. */
bool sc_equal_constant_time(sc_str_t a, sc_str_t b);

#endif /* SC_VERIFY_H */
