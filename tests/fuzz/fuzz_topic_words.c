/*
 * fuzz_topic_words.c: any bytes as a text, a name and a line of a dictionary.
 * Keys are UTF-8 within their bounds, none is a number, an address or a
 * handle, they are those of the slow reader of the unit tests, and counting
 * them keeps the tables sound.
 */

#include <stdlib.h>

#include "sc_json_write.h"
#include "sc_topics.h"

#include "../unit/topic_reference.c"


#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_key(const sc_topic_key_t *key)
{
    size_t   i, digits;
    sc_str_t name;

    name = key->name;
    CHECK(name.len >= 2 && name.len <= SC_TOPIC_MAX_NAME);
    CHECK(sc_utf8_is_valid(name));

    for (i = 0, digits = 0; i < name.len; i++) {
        CHECK(name.data[i] >= ' ' && name.data[i] != '@'
              && name.data[i] != '<' && name.data[i] != '/'
              && name.data[i] != ':' && name.data[i] != '.');
        CHECK(name.data[i] < 'A' || name.data[i] > 'Z');
        CHECK(name.data[i] != '#' || i == 0);
        digits += name.data[i] >= '0' && name.data[i] <= '9';
    }

    CHECK(digits <= 6 && digits < name.len);     /* three in each word */
}


static bool
check_word(void *owner, sc_str_t word, sc_str_t topic)
{
    CHECK(word.len <= SC_TOPIC_MAX_NAME && topic.len <= SC_TOPIC_MAX_NAME);
    *(size_t *) owner += 1;

    return *(size_t *) owner < 4;
}


static void
check_counting(const sc_topic_keys_t *keys)
{
    sc_spike_reading_t brand;

    static sc_topics_t topics;

    if (topics.bucket == 0) {
        sc_topics_init(&topics, 1000);
    }

    (void) sc_topics_observe(&topics, keys, topics.used * 77, 0, 0, false);

    memset(&brand, 0, sizeof(brand));
    brand.count = 1;
    brand.expected = 1;
    brand.dispersion = 1;
    brand.grade = SC_SPIKE_KNOWN;

    if (keys->count > 0 && keys->keys[0].hash % 16 == 0) {
        sc_topics_close(&topics, &brand, topics.bucket + 1);
    }

    CHECK(topics.used <= SC_TOPICS
          && topics.incidents_count <= SC_TOPICS_INCIDENTS);
}


static void
check_reference(const sc_topic_keys_t *keys,
    const reference_names_t *reference)
{
    size_t i;

    CHECK(keys->count == reference->count);

    for (i = 0; i < keys->count; i++) {
        CHECK(sc_str_eq(keys->keys[i].name,
                        sc_str_make(reference->names[i].bytes,
                                    reference->names[i].len)));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                     i, j, words;
    sc_str_t                   text, part;
    sc_topic_keys_t            keys;
    sc_topic_names_t           names;
    reference_names_t          reference, left_out;
    const sc_topic_language_t *language;

    language = plain_language();
    text = sc_str_make(data, size);
    sc_topic_keys_init(&keys);
    reference.count = 0;

    sc_topic_keys_add(&keys, language, NULL, text);
    reference_keys_add(&reference, NULL, NULL, text);
    CHECK(keys.used <= SC_TOPIC_ROOM);
    check_reference(&keys, &reference);

    for (i = 0; i < keys.count; i++) {
        check_key(&keys.keys[i]);

        for (j = 0; j < i; j++) {
            CHECK(keys.keys[j].hash != keys.keys[i].hash);
        }
    }

    check_counting(&keys);

    part = sc_str_first(text, 64);
    sc_topic_names_init(&names);
    left_out.count = 0;
    sc_topic_names_add(&names, language, part);
    reference_names_add(&left_out, part);
    CHECK(names.count == left_out.count);

    /* Behind what is there already. */

    sc_topic_keys_add(&keys, language, &names, sc_str_from(text, 32));
    reference_keys_add(&reference, NULL, &left_out, sc_str_from(text, 32));
    CHECK(keys.used <= sizeof(keys.text));
    check_reference(&keys, &reference);

    words = 0;
    (void) sc_topic_dictionary_read(language, text, check_word, &words);

    return 0;
}
