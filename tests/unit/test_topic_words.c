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

#include "series.h"
#include "topic_reference.h"


#define REFERENCE_ROUNDS  20000


/* The keys of a text, "|" between them. */

static const char *
keys_of(const sc_topic_language_t *language, const sc_topic_names_t *names,
    sc_str_t text)
{
    size_t          i, at;
    sc_topic_keys_t keys;

    static char line[SC_TOPIC_MAX_KEYS * (SC_TOPIC_MAX_NAME + 1) + 1];

    sc_topic_keys_init(&keys);
    sc_topic_keys_add(&keys, language, names, text);
    at = 0;

    for (i = 0; i < keys.count; i++) {
        if (i > 0) {
            line[at++] = '|';
        }

        memcpy(line + at, keys.keys[i].name.data, keys.keys[i].name.len);
        at += keys.keys[i].name.len;
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
            keys_of(plain_language(), NULL, sc_str_from_cstring(cases[i][0])),
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
            keys_of(plain_language(), NULL, sc_str_from_cstring(texts[i])), "");
    }

    /* What stands around it stays, and is not joined over it. */

    assert_string_equal(keys_of(plain_language(), NULL,
                                SC_STR("signal @lea lost")),
                        "signal|lost");
    assert_string_equal(keys_of(plain_language(), NULL,
                                SC_STR("signal <@U1|Lea Doe> lost")),
                        "signal|lost");
}


static void
test_names(void **state)
{
    sc_topic_names_t names;

    (void) state;

    sc_topic_names_init(&names);
    sc_topic_names_add(&names, plain_language(), SC_STR("Léa Hoffmann"));
    sc_topic_names_add(&names, plain_language(), SC_STR("train_lover"));

    assert_string_equal(
        keys_of(plain_language(), &names,
                SC_STR("outage, gruß LÉA HOFFMANN #hoffmann "
                       "train")),
        "outage");
    assert_string_equal(keys_of(plain_language(), NULL, SC_STR("hoffmann")),
                        "hoffmann");

    /* Signs of Han in a name are left out in pairs. */

    sc_topic_names_init(&names);
    sc_topic_names_add(&names, plain_language(),
                       SC_STR("山田"));
    assert_string_equal(
        keys_of(plain_language(), &names,
                SC_STR("山田 電車")),
        "電車");

    /* More names than there is room for. */

    sc_topic_names_init(&names);
    sc_topic_names_add(&names, plain_language(),
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
    assert_int_equal(strlen(keys_of(plain_language(), NULL,
                                    sc_str_make(text, SC_TOPIC_MAX_NAME))),
                     SC_TOPIC_MAX_NAME);
    memset(text, 'x', SC_TOPIC_MAX_NAME + 1);
    assert_string_equal(keys_of(plain_language(), NULL,
                                sc_str_make(text, SC_TOPIC_MAX_NAME + 1)),
                        "");

    /* A pair that is too long for a name is none. */

    memset(text, 'x', 20);
    text[20] = ' ';
    memset(text + 21, 'y', 20);
    sc_topic_keys_init(&keys);
    sc_topic_keys_add(&keys, plain_language(), NULL, sc_str_make(text, 41));
    assert_int_equal(keys.count, 2);

    len = 0;

    for (i = 0; i < 60; i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "word%c%c ",
                                 (int) ('a' + i % 26), (int) ('a' + i / 26));
    }

    sc_topic_keys_init(&keys);
    sc_topic_keys_add(&keys, plain_language(), NULL, sc_str_make(text, len));
    assert_int_equal(keys.count, SC_TOPIC_MAX_KEYS);
    sc_topic_keys_add(&keys, plain_language(), NULL, SC_STR("another"));
    assert_int_equal(keys.count, SC_TOPIC_MAX_KEYS);

    /* The piece at the cut could be the half of an address. */

    memset(text, ' ', sizeof(text));
    memcpy(text, "signal", 6);
    memcpy(text + SC_TOPIC_MAX_TEXT - 4, "hoffmann@example.org", 20);
    assert_string_equal(keys_of(plain_language(), NULL,
                                sc_str_make(text, 2000)),
                        "signal");
    text[SC_TOPIC_MAX_TEXT - 1] = ' ';
    assert_string_equal(keys_of(plain_language(), NULL,
                                sc_str_make(text, 2000)),
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


/* The tables say what the definitions say, of every character. */

static void
test_letter_table(void **state)
{
    uint32_t    c, folded;
    sc_letter_t letter;

    static sc_letter_table_t table;

    (void) state;

    sc_letter_table_init(&table);

    for (c = 0; c <= 0x10ffff; c++) {
        folded = c;
        letter = sc_letter_table_fold(&table, &folded);

        assert_int_equal(letter, sc_letter_class(c));
        assert_int_equal(folded, sc_letter_lower(c));
    }
}


/* Each end of the table must be found, and nothing else. */

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
        assert_true(reference_is_stop_word(sc_str_from_cstring(words[i])));
    }

    assert_false(reference_is_stop_word(SC_STR("outage")));
    assert_false(reference_is_stop_word(SC_STR("th")));
    assert_false(reference_is_stop_word(SC_STR("")));
    assert_false(reference_is_stop_word(SC_STR("\377\377")));
}


static uint64_t
hash_of_word(const sc_topic_hash_key_t *key, const char *word)
{
    unsigned char name[SC_TOPIC_HASH_READ];

    memset(name, 0, sizeof(name));
    memcpy(name, word, strlen(word));

    return sc_topic_hash_word(key, name, strlen(word));
}


/*
 * Different words, different hashes, also where they differ in one byte or in
 * their length alone, whatever stands behind them; a pair's comes from its
 * words; another secret gives others.  The low bits, which choose chains and
 * columns, are spread.
 */

static void
test_hashes(void **state)
{
    size_t              i, len, count, used;
    uint64_t            hash;
    unsigned char       name[SC_TOPIC_HASH_READ];
    unsigned char       other[SC_SIPHASH_KEY_SIZE];
    sc_topic_hash_key_t key;

    static bool         low[2048];
    static uint64_t     hashes[SC_TOPIC_MAX_NAME * SC_TOPIC_MAX_NAME];

    (void) state;

    memset(other, 1, sizeof(other));
    sc_topic_hash_init(&key, other);
    count = 0;
    used = 0;

    for (len = 1; len <= SC_TOPIC_MAX_NAME; len++) {
        memset(name, 'a', sizeof(name));

        for (i = 0; i < len; i++) {
            name[i] = 'b';
            hash = sc_topic_hash_word(&plain_language()->key, name, len);
            assert_true(hash != sc_topic_hash_word(&key, name, len));
            assert_true(hash == sc_topic_hash(&plain_language()->key,
                                              sc_str_make(name, len)));
            name[i] = 'a';

            used += !low[hash % 2048];
            low[hash % 2048] = true;
            hashes[count++] = hash;
        }
    }

    for (i = 0; i < count; i++) {
        for (len = 0; len < i; len++) {
            assert_true(hashes[i] != hashes[len]);
        }
    }

    /* 820 balls in 2,048 bins fill 676 of them. */

    assert_in_range(used, 640, 712);

    assert_true(sc_topic_hash(&key, SC_STR("signal lost"))
                == sc_topic_hash_pair(&key, hash_of_word(&key, "signal"),
                                      hash_of_word(&key, "lost")));
    assert_true(sc_topic_hash(&key, SC_STR("signal lost"))
                != sc_topic_hash(&key, SC_STR("lost signal")));
    assert_true(sc_topic_hash(&key, SC_STR("a b c"))
                == hash_of_word(&key, "a b c"));
    assert_true(sc_topic_hash(&key, SC_STR("ab "))
                == hash_of_word(&key, "ab "));
    assert_true(sc_topic_hash(&key, SC_STR(" ab"))
                == hash_of_word(&key, " ab"));
}


/* Both ways to multiply, also where sums of parts carry. */

static void
test_multiply(void **state)
{
    size_t             i, j;
    sc_topic_product_t one, two;

    static const uint64_t numbers[] = {
        0, 1, 3, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX, UINT64_MAX - 1,
        UINT64_MAX << 32, UINT64_C(0x9e3779b97f4a7c15),
        UINT64_C(0xfffffffe00000001), UINT64_C(0x8000000080000000)
    };

    (void) state;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        for (j = 0; j < sizeof(numbers) / sizeof(numbers[0]); j++) {
            one = sc_topic_multiply(numbers[i], numbers[j]);
            two = sc_topic_multiply_parts(numbers[i], numbers[j]);
            assert_true(one.low == two.low && one.high == two.high);
            assert_true(one.low == numbers[i] * numbers[j]);
        }
    }

    one = sc_topic_multiply_parts(UINT64_MAX, UINT64_MAX);
    assert_true(one.low == 1 && one.high == UINT64_MAX - 1);
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
    sc_topic_key_t        key;
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

    static const unsigned char secret[SC_SIPHASH_KEY_SIZE] = { 1, 2, 3 };
    static uint64_t            memory[4096];

    (void) state;

    memset(&book, 0, sizeof(book));
    assert_null(sc_topic_dictionary_read(
        plain_language(), SC_STR("# a comment"), book_add,
                                         &book));
    assert_null(sc_topic_dictionary_read(
        plain_language(), SC_STR("  "), book_add, &book));
    assert_int_equal(book.count, 0);

    assert_null(sc_topic_dictionary_read(
        plain_language(),
        SC_STR("Network outage = DOWN, signal lost , #Outage"), book_add,
        &book));
    assert_null(sc_topic_dictionary_read(
        plain_language(), SC_STR("! northwind, northwind rail"), book_add,
        &book));
    assert_int_equal(book.count, 5);

    dictionary.entries = book.entries;
    dictionary.count = book.count;
    assert_true(sc_topic_dictionary_sort(&dictionary, &twice));

    assert_true(sc_topic_language_size(dictionary.count) <= sizeof(memory));
    sc_topic_language_init(&language, secret, &dictionary, memory);

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
    sc_topic_language_init(&language, secret, &dictionary, memory);
    assert_int_equal(
        sc_topic_language_find(&language,
                               sc_topic_hash(&language.key, SC_STR("down")),
                               &key),
        SC_TOPIC_ITSELF);

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        memset(&book, 0, sizeof(book));

        if (sc_topic_dictionary_read(plain_language(),
                                     sc_str_from_cstring(wrong[i]), book_add,
                                     &book)
            == NULL)
        {
            fail_msg("\"%s\" was read", wrong[i]);
        }
    }
}


/* What texts are made of, and what looks like it. */

static const char *const scraps[] = {
    " ", " ", " ", "\n", "\t", ".", ",", "!", "?", "-", "'", "\"", "(", ")",
    "a", "to", "the", "und", "Signal", "signal", "LOST", "lost", "Zug",
    "nächste", "über", "fährt", "ÜBERFÜLLT", "Ελλάδα", "ΣΊΣΥΦΟΣ", "поезд",
    "ПОЕЗД", "Ёлка", "İptal", "ışık", "ქართული", "עברית", "العربية", "هذا",
    "हिन्दी", "ไทย", "지연", "왜", "열차가", "電", "車", "が", "で", "遅延",
    "カナ", "\360\240\200\200", "#", "#", "＃", "_", "#Outage", "#DB_Streik",
    "#5g", "1", "42", "2026", "ICE123", "17:05", "NW-4711", "@", "＠", "﹫",
    "@lea", "lea@example.org", "https://t.co/x", "://", "www.example.org",
    "a.b", "x.yz", "U.S.A.", "...", "<", "<@", "<@U1|Lea Doe>", "<http", ">",
    "[", "[id1|Lea Doe]", "[club", "]", "😡", "👍🏽", "…", "“", "”", "’",
    "\342\200\220", "\342\200\213", "\302\255", "\302\240", "\343\200\200",
    "\177", "\200", "\303", "\355\240\200", "\377", "\360\237", "\001",
    "١٢٣", "１２３", "⓪①", "ＴＲＡＩＮ", "wordwordwordwordword", "Leah", "hoffmann",
    "northwind", "rail", "down", "x", "b", "\"", "\\", "/", ":", ";", "=", "%",
    "ẞ", "ﬁ", "Ǆ", "ÿ", "Ÿ", "ſ"
};


static size_t
scrap_text(char *text, size_t room, size_t most, uint64_t *random)
{
    size_t      size, len, from;
    const char *scrap;

    for (size = 0; size < most; size += len) {
        from = (size_t) (series_random(random) * 256);

        /* Spaces often, so that words have neighbours; rarely any byte. */

        if (from < 70) {
            text[size] = (char) (from > 5 ? ' '
                                          : (int) (series_random(random)
                                                   * 256));
            len = 1;
            continue;
        }

        scrap = scraps[(size_t) (series_random(random)
                                 * (sizeof(scraps) / sizeof(scraps[0])))];
        len = strlen(scrap);

        if (len > room - size) {
            break;
        }

        memcpy(text + size, scrap, len);
    }

    return size;
}


static void
assert_same(const sc_topic_keys_t *keys, const reference_names_t *reference,
    sc_str_t text)
{
    size_t i;

    for (i = 0; i < keys->count && i < reference->count; i++) {
        if (!sc_str_eq(keys->keys[i].name,
                       sc_str_make(reference->names[i].bytes,
                                   reference->names[i].len)))
        {
            break;
        }
    }

    if (i < keys->count || i < reference->count) {
        fail_msg("key %zu of \"%.*s\" is another than in the reference", i,
                 (int) text.len, (const char *) text.data);
    }
}


/*
 * The same keys in the same order as the slow reader finds, whatever is
 * written: every kind of text, two of them together, names, a dictionary.
 */

static void
test_reference(void **state)
{
    int                   round;
    char                  text[2][2048], name[64];
    book_t                book;
    uint64_t              random;
    sc_str_t              twice, texts[2], called;
    sc_topic_keys_t       keys;
    sc_topic_names_t      names;
    reference_names_t     expected, left_out;
    sc_topic_language_t   own;
    sc_topic_dictionary_t dictionary;

    const sc_topic_language_t   *language;
    const sc_topic_dictionary_t *known;

    static const unsigned char secret[SC_SIPHASH_KEY_SIZE] = { 7 };
    static uint64_t            memory[4096];

    (void) state;

    memset(&book, 0, sizeof(book));
    assert_null(sc_topic_dictionary_read(
        plain_language(), SC_STR("Signal = down, signal lost, #outage, 電車"),
        book_add, &book));
    assert_null(sc_topic_dictionary_read(
        plain_language(), SC_STR("! northwind, northwind rail, zug"), book_add,
        &book));
    dictionary.entries = book.entries;
    dictionary.count = book.count;
    assert_true(sc_topic_dictionary_sort(&dictionary, &twice));
    sc_topic_language_init(&own, secret, &dictionary, memory);

    random = 5;

    for (round = 0; round < REFERENCE_ROUNDS; round++) {
        texts[0] = sc_str_make(text[0],
                               scrap_text(text[0], sizeof(text[0]),
                                          round % 3 == 0 ? 20 : 600,
                                          &random));
        texts[1] = sc_str_make(text[1],
                               scrap_text(text[1], sizeof(text[1]),
                                          round % 5 == 0 ? 1900 : 60,
                                          &random));
        called = sc_str_make(name, scrap_text(name, sizeof(name),
                                              round % 2 == 0 ? 0 : 40,
                                              &random));
        language = round % 4 == 0 ? &own : plain_language();
        known = round % 4 == 0 ? &dictionary : NULL;

        sc_topic_names_init(&names);
        left_out.count = 0;
        sc_topic_names_add(&names, language, called);
        reference_names_add(&left_out, called);
        assert_int_equal(names.count, left_out.count);

        sc_topic_keys_init(&keys);
        expected.count = 0;
        sc_topic_keys_add(&keys, language, &names, texts[0]);
        reference_keys_add(&expected, known, &left_out, texts[0]);
        assert_same(&keys, &expected, texts[0]);

        sc_topic_keys_add(&keys, language, &names, texts[1]);
        reference_keys_add(&expected, known, &left_out, texts[1]);
        assert_same(&keys, &expected, texts[1]);
    }
}


/* Two texts always have room, whatever they are made of; a third may not. */

static void
test_room(void **state)
{
    char            text[SC_TOPIC_MAX_TEXT];
    size_t          i, k, len, used;
    sc_topic_keys_t keys;

    static const struct {
        const char *part;
        bool        third;
    } cases[] = {
        { "#ab", false }, { "abc,", false }, { "abc電", true },
        { "電車", true }, { "\360\240\200\200", true }, { "지연電", true },
        { "abc", true }, { "ab,", true }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        len = strlen(cases[i].part);

        for (k = 0; k + len <= sizeof(text); k += len) {
            memcpy(text + k, cases[i].part, len);
        }

        sc_topic_keys_init(&keys);

        for (used = 0; used < 2 * SC_TOPIC_ROOM; used += SC_TOPIC_ROOM) {
            sc_topic_keys_add(&keys, plain_language(), NULL,
                              sc_str_make(text, k));
            assert_true(keys.used <= used + SC_TOPIC_ROOM);
        }

        used = keys.count;
        sc_topic_keys_add(&keys, plain_language(), NULL, SC_STR("sunflower"));
        assert_int_equal(keys.count, used + cases[i].third);
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
        cmocka_unit_test(test_letter_table),
        cmocka_unit_test(test_stop_words),
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_multiply),
        cmocka_unit_test(test_dictionary),
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_room)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
