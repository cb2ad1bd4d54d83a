/*
 * sc_verify.h: the one engine that decides whether a callback is authentic.
 *
 * A platform names its scheme as data: which algorithm, where the signature
 * and the time stand, how they are written, what text is signed.  The engine
 * computes; platforms compute nothing.  It works over the raw request bytes,
 * compares decoded bytes in constant time against every configured secret
 * without leaving early, and says why it refused.
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
    SC_SCHEME_SHA1_SORTED,     /* WeChat */
    SC_SCHEME_FORM_SORTED,     /* Twilio: URL + sorted parameters */
    SC_SCHEME_PARAMETERS_SORTED /* Vonage's legacy `sig` */
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


/* Where a value stands in the request. */
typedef enum {
    SC_FROM_NOWHERE = 0,
    SC_FROM_HEADER,
    SC_FROM_QUERY,
    SC_FROM_FORM,              /* urlencoded body */
    SC_FROM_JSON,              /* `name` is an RFC 6901 pointer into the body */
    SC_FROM_LIST               /* `name` is a key of the signature list */
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
    SC_PART_BODY_SHA256_HEX
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


/* When the alternative scheme is looked at. */
typedef enum {
    SC_ALTERNATIVE_IF_ABSENT = 0, /* the first scheme's signature is missing */
    SC_ALTERNATIVE_IF_REFUSED  /* any refusal of the first */
} sc_alternative_t;


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
    bool                      no_tolerance; /* time is signed, never judged */
    sc_field_t                id;
    sc_template_t             message;
    sc_field_t                secret_by;   /* value equals a secret's label */
    const sc_verify_scheme_t *alternative;
    sc_alternative_t          alternative_when;
};


typedef enum {
    SC_VERIFY_OK = 0,
    SC_VERIFY_NO_SIGNATURE,    /* absent or empty */
    SC_VERIFY_DOUBLED,         /* the header stands twice */
    SC_VERIFY_MALFORMED,       /* prefix, alphabet or length */
    SC_VERIFY_MISMATCH,        /* no secret matches */
    SC_VERIFY_NO_TIMESTAMP,    /* absent, doubled or unreadable */
    SC_VERIFY_STALE,           /* older than the tolerance */
    SC_VERIFY_FUTURE,          /* further ahead than the tolerance */
    SC_VERIFY_NO_SECRET,       /* every secret is past its `until` */
    SC_VERIFY_BAD_CLAIM,       /* JWT: alg, iss, aud, exp, hash … */
    SC_VERIFY_TOO_LARGE,       /* no memory within the callback's budget */
    SC_VERIFY_RESULTS          /* how many there are: for counters */
} sc_verify_result_t;


typedef struct {
    sc_verify_result_t result;
    size_t             secret;     /* index that matched, when OK */
    int64_t            signed_ms;  /* the signed time, or -1 */
    sc_str_t           id;         /* the signed id, or empty */
} sc_verdict_t;


/*
 * Judges `request`.  `now_ms` and `tolerance_ms` decide freshness where the
 * scheme signs a time: exactly the tolerance passes, more fails; 0 turns it
 * off.  Scratch memory comes from `arena`.
 */
void sc_verify(const sc_verify_scheme_t *scheme, const sc_request_t *request,
    const sc_secrets_t *secrets, int64_t now_ms, int64_t tolerance_ms,
    sc_arena_t *arena, sc_verdict_t *verdict);

/* Snake-case word for counters, labels and logs; never NULL. */
const char *sc_verify_result_name(sc_verify_result_t result);

/*
 * Reads a template such as `{timestamp}.{body}` with `\n`, `\t`, `\\` and
 * `\{`.  Parts point into `text`, escapes are copied to the arena.  False with
 * *problem set to a static sentence.
 */
bool sc_template_read(sc_arena_t *arena, sc_str_t text,
    sc_template_t *template, const char **problem);

/*
 * One HMAC for answers that carry one (X's CRC).  `out` holds 64 bytes; *len
 * is what the digest gave.  False when OpenSSL has no memory.
 */
bool sc_hmac(sc_digest_t digest, sc_str_t key, sc_str_t data,
    unsigned char *out, size_t *len);

/* Equal length and content, in constant time for equal lengths. */
bool sc_equal_constant_time(sc_str_t a, sc_str_t b);

#endif /* SC_VERIFY_H */
