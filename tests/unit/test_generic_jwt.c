/*
 * test_generic_jwt.c: each jwt_ option of a generic receiver, against tokens
 * that have what it asks for and tokens that have not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_registry.h"


#define NOW_MS  INT64_C(1790000000000)

#define PLACE   "https://care.example.com/hooks/pbx"
#define QUERY   "line=4"


/*
 * Signed with "s3cr3t-socialcare".  FULL says {"iss":"me","aud":"b",
 * "email":"a@b","email_verified":true,"uh":<SHA-256 of the URL>,
 * "exp":1790000000}, BARE says {"aud":<the URL>,"uh":<zeros>}.
 */
#define FULL                                                                  \
    "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJtZSIsImF1ZCI6ImIiLCJlbWFpbCI6ImFAYiI" \
    "sImVtYWlsX3ZlcmlmaWVkIjp0cnVlLCJ1aCI6ImVmOTRlN2NmYzliNDUwNWVmM2U5OWQ" \
    "zNmVkMmI2N2Y3MTgxZTBmMzZiMThhYTNiYzVkMWRiMTFjZWQ3Y2E4MzciLCJleHAiOjE" \
    "3OTAwMDAwMDB9.qigRyHDmG-WJ8rGKpkXOqPSl3HXUU1AwbqluLUNfip4"

#define FULL_384                                                              \
    "eyJhbGciOiJIUzM4NCJ9.eyJpc3MiOiJtZSIsImF1ZCI6ImIiLCJlbWFpbCI6ImFAYiI" \
    "sImVtYWlsX3ZlcmlmaWVkIjp0cnVlLCJ1aCI6ImVmOTRlN2NmYzliNDUwNWVmM2U5OWQ" \
    "zNmVkMmI2N2Y3MTgxZTBmMzZiMThhYTNiYzVkMWRiMTFjZWQ3Y2E4MzciLCJleHAiOjE" \
    "3OTAwMDAwMDB9.OxYSVpo5SnS5cNqsU4jILna_Pw3mW9BqNxBY0xMfiTiiSoduYMstVL" \
    "NAVFhsrjnK"

#define FULL_512                                                              \
    "eyJhbGciOiJIUzUxMiJ9.eyJpc3MiOiJtZSIsImF1ZCI6ImIiLCJlbWFpbCI6ImFAYiI" \
    "sImVtYWlsX3ZlcmlmaWVkIjp0cnVlLCJ1aCI6ImVmOTRlN2NmYzliNDUwNWVmM2U5OWQ" \
    "zNmVkMmI2N2Y3MTgxZTBmMzZiMThhYTNiYzVkMWRiMTFjZWQ3Y2E4MzciLCJleHAiOjE" \
    "3OTAwMDAwMDB9.ILiJ-K7sNkxaTNVgQfwc4oSz_vW_IdCWOOsPoYyxYJRaT90VhAOaos" \
    "osRI3E4WuZCu5g7lQq2XGPJLj2qk-RAw"

#define BARE                                                                  \
    "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJodHRwczovL2NhcmUuZXhhbXBsZS5jb20vaG9" \
    "va3MvcGJ4P2xpbmU9NCIsInVoIjoiMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA" \
    "wMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMCJ9.Vgbpnwiwpb7HP6hJp3" \
    "1Z2mLhW8t6sdtqMoLAYCWsxto"


typedef struct {
    const char         *options[2][2];
    const char         *token;
    int64_t             late_ms;
    sc_verify_result_t  result;
} jwt_case_t;


static sc_verify_result_t
judge(const jwt_case_t *one)
{
    size_t                    i;
    fixture_t                 fixture;
    const char               *problem;
    sc_secret_t              *secret;
    sc_verify_result_t        result;
    const sc_verify_scheme_t *scheme;

    fixture_init(&fixture, &sc_platform_generic);
    assert_null(fixture_option(&fixture, "mode", "jwt"));
    assert_null(fixture_option(&fixture, "event_id", "digest"));

    for (i = 0; i < 2 && one->options[i][0] != NULL; i++) {
        assert_null(fixture_option(&fixture, one->options[i][0],
                                   one->options[i][1]));
    }

    assert_null(fixture_finish_options(&fixture));
    assert_int_equal(sc_platform_generic.schemes(&fixture.source, &scheme, 1),
                     1);

    secret = sc_secret_create(SC_STR("s3cr3t-socialcare"), SC_STR(""), 0,
                              &problem);
    assert_non_null(secret);
    assert_true(sc_secret_prepare(secret, scheme, &problem));
    fixture.source.secrets.items = &secret;
    fixture.source.secrets.count = 1;

    fixture.request.url = SC_STR(PLACE "?" QUERY);
    fixture.request.query = SC_STR(QUERY);
    fixture_header(&fixture, "Authorization", one->token);

    sc_verify(scheme, &fixture.request, &fixture.source.secrets,
              NOW_MS + one->late_ms, 300000, &fixture.arena,
              &fixture.verdict);
    result = fixture.verdict.result;

    sc_secret_destroy(secret);
    fixture_free(&fixture);

    return result;
}


static void
test_options(void **state)
{
    size_t             i;
    sc_verify_result_t result;

#define OK     SC_VERIFY_OK
#define WRONG  SC_VERIFY_BAD_CLAIM

    static const jwt_case_t cases[] = {
        { { { NULL, NULL } }, "Bearer " BARE, 0, OK },
        { { { NULL, NULL } }, "Bearer " FULL, -1000, OK },

        { { { "jwt_issuer", "me" } }, "Bearer " FULL, -1000, OK },
        { { { "jwt_issuer", "you" } }, "Bearer " FULL, -1000, WRONG },
        { { { "jwt_issuer", "you" }, { "jwt_issuer", "me" } },
          "Bearer " FULL, -1000, OK },
        { { { "jwt_issuer", "me" } }, "Bearer " BARE, 0, WRONG },

        { { { "jwt_audience", "b" } }, "Bearer " FULL, -1000, OK },
        { { { "jwt_audience", "a" } }, "Bearer " FULL, -1000, WRONG },
        { { { "jwt_audience", "a" }, { "jwt_audience", "b" } },
          "Bearer " FULL, -1000, OK },
        { { { "jwt_audience_url", "on" } }, "Bearer " BARE, 0, OK },
        { { { "jwt_audience_url", "on" } }, "Bearer " FULL, -1000, WRONG },

        { { { "jwt_email", "a@b" } }, "Bearer " FULL, -1000, OK },
        { { { "jwt_email", "a@c" } }, "Bearer " FULL, -1000, WRONG },
        { { { "jwt_email", "a@b" } }, "Bearer " BARE, 0, WRONG },

        { { { "jwt_url_hash", "uh" } }, "Bearer " FULL, -1000, OK },
        { { { "jwt_url_hash", "uh" } }, "Bearer " BARE, 0, WRONG },
        { { { "jwt_body_hash", "ph" } }, "Bearer " BARE, 0, OK },

        { { { "jwt_require_exp", "on" } }, "Bearer " FULL, -1000, OK },
        { { { "jwt_require_exp", "on" } }, "Bearer " BARE, 0, WRONG },

        { { { NULL, NULL } }, "Bearer " FULL, -1, OK },
        { { { NULL, NULL } }, "Bearer " FULL, 0, WRONG },
        { { { "jwt_leeway", "3600" } }, "Bearer " FULL, 3599999, OK },
        { { { "jwt_leeway", "3600" } }, "Bearer " FULL, 3600000, WRONG },

        { { { "jwt_algorithms", "HS256" } }, "Bearer " FULL, -1000, OK },
        { { { "jwt_algorithms", "HS256" } }, "Bearer " FULL_384, -1000,
          WRONG },
        { { { "jwt_algorithms", "HS384" } }, "Bearer " FULL_384, -1000, OK },
        { { { "jwt_algorithms", "HS384" } }, "Bearer " FULL, -1000, WRONG },
        { { { "jwt_algorithms", "HS512" } }, "Bearer " FULL_512, -1000, OK },
        { { { "jwt_algorithms", "HS512,HS384" } }, "Bearer " FULL_384, -1000,
          OK }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        result = judge(&cases[i]);

        if (result != cases[i].result) {
            fail_msg("case %zu is %s", i, sc_verify_result_name(result));
        }
    }
}


/* Algorithms of a public key are pinned by their names, too. */
static void
test_key_algorithms(void **state)
{
    size_t                    i;
    fixture_t                 fixture;
    const sc_verify_scheme_t *scheme;

    static const struct {
        const char *name;
        unsigned    algorithms;
    } cases[] = {
        { "RS256", SC_JWT_RS256 }, { "ES256", SC_JWT_ES256 },
        { "RS256,ES256", SC_JWT_RS256 | SC_JWT_ES256 }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture_init(&fixture, &sc_platform_generic);
        assert_null(fixture_option(&fixture, "mode", "jwt"));
        assert_null(fixture_option(&fixture, "event_id", "digest"));
        assert_null(fixture_option(&fixture, "jwt_algorithms",
                                   cases[i].name));
        assert_null(fixture_finish_options(&fixture));
        assert_int_equal(sc_platform_generic.schemes(&fixture.source, &scheme,
                                                     1), 1);
        assert_int_equal(scheme->jwt.algorithms, cases[i].algorithms);
        fixture_free(&fixture);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_key_algorithms)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
