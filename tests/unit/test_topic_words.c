/*
 * test_topic_words.c: what becomes a key, what never does, the dictionary.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_topic_letters.h"
#include "sc_topic_words.h"


static sc_topic_language_t  plain;


/* The keys of a text, "|" between them. */

static const char *
keys_of(const sc_topic_language_t *language, const sc_topic_names_t *names,
    sc_str_t text)
{
    size_t          i, at;
    sc_topic_keys_t keys;

    static char line[SC_TOPIC_MAX_KEYS * (SC_TOPIC_MAX_NAME + 1) + 1];

    keys.count = 0;
    sc_topic_keys_add(&keys, language, names, text);
    at = 0;

    for (i = 0; i < keys.count; i++) {
        if (i > 0) {
            line[at++] = '|';
        }

        memcpy(line + at, keys.keys[i].name, keys.keys[i].len);
        at += keys.keys[i].len;
    }

    line[at] = '\0';

    return line;
}


static void
test_keys(void **state)
{
    size_t i;

    static const char *const cases[][2] = {
        { "Signal lost in Kiel", "signal|lost|signal lost|kiel" },
        { "signal SIGNAL Signal", "signal|signal signal" },
        { "Outage! Outage?", "outage" },
        { "signal, lost", "signal|lost" },
        { "the signal and the train", "signal|train" },
        { "wi-fi broken-down", "broken|down|broken down" },
        { "l'eau sale", "eau|sale|eau sale" },
        { "#Outage in #Berlin now", "#outage|#berlin" },
        { "#DB_Streik #5g #2024 # #a", "#db_streik" },
        { "＃遅延", "#遅延" },
        { "ICE123 fiel aus", "ice123|fiel|ice123 fiel" },

        { "ÜBERFÜLLT ŠIROKÝ",
          "überfüllt|široký|"
          "überfüllt široký" },
        { "ПОЕЗД",
          "поезд" },
        { "ΤΡΕΝΟ",
          "τρενο" },
        { "İptal ışık",
          "iptal|ışık|iptal ışık" },
        { "ＴＲＡＩＮ",
          "train" },
        { "out\342\200\213age out\302\255age", "outage|outage outage" },

        /* Hangul: two syllables; Han and kana: pairs, none of kana alone. */
        { "지연 왜",
          "지연" },
        { "電車がで",
          "電車|車が" },

        { "", "" },
        { "a of is to", "" },
        { "😡😡😡", "" },
        { "\377\376\200train\303", "train" }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(
            keys_of(&plain, NULL, sc_str_from_cstring(cases[i][0])),
            cases[i][1]);
    }
}


/* Nothing that names, addresses or numbers a person. */

static void
test_personal(void **state)
{
    size_t i;

    static const char *const texts[] = {
        "@lea_on_rails", "hallo@lea", "＠daisuke",
        "﹫daisuke", "lea.hoffmann@example.org",
        "mailto:lea@example.org", "(lea@example.org)", "lea@[10.0.0.1]",
        "0170 1234567", "+49-170-123-45-67", "(030) 123 45 67",
        "٠١٢٣٤٥",
        "１２３４",
        "⓪①②③",
        "DE89370400440532013000", "AB1234567", "4111111111111111", "2026",
        "https://t.co/abcdef", "HTTP://EXAMPLE.ORG/private/lea",
        "www.example.org", "example.org/lea", "t.me/lea", "ftp://lea",
        "<@U024BE7LH>", "<@U024BE7LH|Lea Hoffmann>", "hey<@U1|Lea Hoffmann>!",
        "<#C024BE7LR|leas room>", "<!subteam^S1|secret people>",
        "<https://example.org|click this link>", "<tel:110|Lea Hoffmann>",
        "[id123456|Lea Hoffmann]", "[club1|leas verein]",
        "<@U024BE7LH|Lea Hoffmann", "#1234567", "#lea@example"
    };

    (void) state;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_string_equal(
            keys_of(&plain, NULL, sc_str_from_cstring(texts[i])), "");
    }

    /* What stands around it stays, and is not joined over it. */

    assert_string_equal(keys_of(&plain, NULL, SC_STR("signal @lea lost")),
                        "signal|lost");
    assert_string_equal(keys_of(&plain, NULL,
                                SC_STR("signal <@U1|Lea Doe> lost")),
                        "signal|lost");
}


static void
test_names(void **state)
{
    sc_topic_names_t names;

    (void) state;

    names.count = 0;
    sc_topic_names_add(&names, &plain, SC_STR("Léa Hoffmann"));
    sc_topic_names_add(&names, &plain, SC_STR("train_lover"));

    assert_string_equal(
        keys_of(&plain, &names,
                SC_STR("outage, gruß LÉA HOFFMANN #hoffmann "
                       "train")),
        "outage");
    assert_string_equal(keys_of(&plain, NULL, SC_STR("hoffmann")), "hoffmann");

    /* Signs of Han in a name are left out in pairs. */

    names.count = 0;
    sc_topic_names_add(&names, &plain,
                       SC_STR("山田"));
    assert_string_equal(
        keys_of(&plain, &names,
                SC_STR("山田 電車")),
        "電車");

    /* More names than there is room for. */

    names.count = 0;
    sc_topic_names_add(&names, &plain,
                       SC_STR("a b c d e f g h i j k l m n o p q r s t u"));
    assert_int_equal(names.count, SC_TOPIC_MAX_NAMES);
}


/* Long words, many words, and a text that is cut. */

static void
test_bounds(void **state)
{
    char            text[4096];
    size_t          i, len;
    sc_topic_keys_t keys;

    (void) state;

    memset(text, 'x', SC_TOPIC_MAX_NAME);
    assert_int_equal(strlen(keys_of(&plain, NULL,
                                    sc_str_make(text, SC_TOPIC_MAX_NAME))),
                     SC_TOPIC_MAX_NAME);
    memset(text, 'x', SC_TOPIC_MAX_NAME + 1);
    assert_string_equal(keys_of(&plain, NULL,
                                sc_str_make(text, SC_TOPIC_MAX_NAME + 1)),
                        "");

    /* A pair that is too long for a name is none. */

    memset(text, 'x', 20);
    text[20] = ' ';
    memset(text + 21, 'y', 20);
    keys.count = 0;
    sc_topic_keys_add(&keys, &plain, NULL, sc_str_make(text, 41));
    assert_int_equal(keys.count, 2);

    len = 0;

    for (i = 0; i < 60; i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "word%c%c ",
                                 (int) ('a' + i % 26), (int) ('a' + i / 26));
    }

    keys.count = 0;
    sc_topic_keys_add(&keys, &plain, NULL, sc_str_make(text, len));
    assert_int_equal(keys.count, SC_TOPIC_MAX_KEYS);
    sc_topic_keys_add(&keys, &plain, NULL, SC_STR("another"));
    assert_int_equal(keys.count, SC_TOPIC_MAX_KEYS);

    /* The piece at the cut could be the half of an address. */

    memset(text, ' ', sizeof(text));
    memcpy(text, "signal", 6);
    memcpy(text + SC_TOPIC_MAX_TEXT - 4, "hoffmann@example.org", 20);
    assert_string_equal(keys_of(&plain, NULL, sc_str_make(text, 2000)),
                        "signal");
    text[SC_TOPIC_MAX_TEXT - 1] = ' ';
    assert_string_equal(keys_of(&plain, NULL, sc_str_make(text, 2000)),
                        "signal|hof|signal hof");
}


/* Every character in lower case is what lower-casing gives again. */

static void
test_letters(void **state)
{
    size_t        len;
    uint32_t      c, lower;
    unsigned char bytes[4];

    (void) state;

    for (c = 1; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c <= 0xdfff) {
            continue;
        }

        lower = sc_letter_lower(c);
        assert_int_equal(sc_letter_lower(lower), lower);

        if (lower != c) {
            assert_int_equal(sc_letter_class(c), SC_LETTER_ALPHABETIC);
            assert_int_equal(sc_letter_class(lower), SC_LETTER_ALPHABETIC);
        }

        len = sc_letter_encode(bytes, c);
        assert_int_equal(sc_letter_decode(bytes, bytes + len, &len), c);
    }

    assert_int_equal(sc_letter_class(0x2014), SC_LETTER_NONE);
    assert_int_equal(sc_letter_class(0x1f621), SC_LETTER_NONE);
    assert_int_equal(sc_letter_class(0xe000), SC_LETTER_NONE);
    assert_int_equal(sc_letter_class(0x96f), SC_LETTER_DIGIT);
    assert_int_equal(sc_letter_class(0x1d7ce), SC_LETTER_DIGIT);
    assert_int_equal(sc_letter_class(0x1e943), SC_LETTER_ALPHABETIC);
    assert_int_equal(sc_letter_class(0x20000), SC_LETTER_HAN);
}


/* The table is searched by halves: each end of it must be found. */

static void
test_stop_words(void **state)
{
    size_t i;

    static const char *const words[] = {
        "the", "and", "aber", "zwischen", "während",
        "gracias", "merci", "obrigado", "dzień", "şey",
        "aan", "über"
    };

    (void) state;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_true(sc_topic_is_stop_word(sc_str_from_cstring(words[i])));
    }

    assert_false(sc_topic_is_stop_word(SC_STR("outage")));
    assert_false(sc_topic_is_stop_word(SC_STR("th")));
    assert_false(sc_topic_is_stop_word(SC_STR("")));
    assert_false(sc_topic_is_stop_word(SC_STR("\377\377")));
}


typedef struct {
    sc_topic_entry_t entries[8];
    char             text[8][2][SC_TOPIC_MAX_NAME];
    size_t           count;
} book_t;


static bool
book_add(void *owner, sc_str_t word, sc_str_t topic)
{
    book_t *book = owner;

    if (book->count == 8) {
        return false;
    }

    memcpy(book->text[book->count][0], word.data, word.len);

    if (topic.len != 0) {
        memcpy(book->text[book->count][1], topic.data, topic.len);
    }

    book->entries[book->count].word = sc_str_make(book->text[book->count][0],
                                                  word.len);
    book->entries[book->count].topic = sc_str_make(book->text[book->count][1],
                                                   topic.len);
    book->count++;

    return true;
}


static void
test_dictionary(void **state)
{
    size_t                i;
    sc_str_t              twice;
    book_t                book;
    sc_topic_language_t   language;
    sc_topic_dictionary_t dictionary;

    static const char *const wrong[] = {
        "outage", "= down", " = ", "outage = ", "outage = a",
        "outage = alpha beta gamma", "outage = the", "outage = no signal",
        "outage = @lea",
        "outage = 12345", "! ", "!a", "outage = down,",
        "a topic's name that is much longer than it may be = down",
        "\377 = down",
        "x = wone, wtwo, wthree, wfour, wfive, wsix, wseven, weight, wnine"
    };

    (void) state;

    memset(&book, 0, sizeof(book));
    assert_null(sc_topic_dictionary_read(SC_STR("# a comment"), book_add,
                                         &book));
    assert_null(sc_topic_dictionary_read(SC_STR("  "), book_add, &book));
    assert_int_equal(book.count, 0);

    assert_null(sc_topic_dictionary_read(
        SC_STR("Network outage = DOWN, signal lost , #Outage"), book_add,
        &book));
    assert_null(sc_topic_dictionary_read(
        SC_STR("! northwind, northwind rail"), book_add, &book));
    assert_int_equal(book.count, 5);

    dictionary.entries = book.entries;
    dictionary.count = book.count;
    assert_true(sc_topic_dictionary_sort(&dictionary, &twice));

    language = plain;
    language.dictionary = &dictionary;

    assert_string_equal(keys_of(&language, NULL, SC_STR("Down!")),
                        "Network outage");
    assert_string_equal(
        keys_of(&language, NULL, SC_STR("signal lost #outage down")),
        "signal|lost|Network outage");
    assert_string_equal(keys_of(&language, NULL, SC_STR("Northwind rail")),
                        "rail");

    /* The same word for two topics. */

    book.entries[0].word = book.entries[1].word;
    assert_false(sc_topic_dictionary_sort(&dictionary, &twice));
    assert_true(sc_str_eq(twice, book.entries[1].word));

    dictionary.count = 0;
    assert_true(sc_topic_dictionary_sort(&dictionary, &twice));
    assert_null(sc_topic_dictionary_find(&dictionary, SC_STR("down")));

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        memset(&book, 0, sizeof(book));

        if (sc_topic_dictionary_read(sc_str_from_cstring(wrong[i]), book_add,
                                     &book)
            == NULL)
        {
            fail_msg("\"%s\" was read", wrong[i]);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_personal),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_stop_words),
        cmocka_unit_test(test_dictionary)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
