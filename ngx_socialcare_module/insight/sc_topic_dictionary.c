/*
 * sc_topic_dictionary.c: reads the operator's words.
 */

#include <stdlib.h>

#include "sc_json_write.h"
#include "sc_topic_letters.h"
#include "sc_topic_words.h"


static int
sc_topic_compare(sc_str_t a, sc_str_t b)
{
    int order;

    order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}


static int
sc_topic_compare_entries(const void *a, const void *b)
{
    const sc_topic_entry_t *one = a;
    const sc_topic_entry_t *two = b;

    return sc_topic_compare(one->word, two->word);
}


bool
sc_topic_dictionary_sort(sc_topic_dictionary_t *dictionary, sc_str_t *twice)
{
    size_t i;

    if (dictionary->count == 0) {
        return true;
    }

    qsort(dictionary->entries, dictionary->count, sizeof(sc_topic_entry_t),
          sc_topic_compare_entries);

    for (i = 1; i < dictionary->count; i++) {
        if (sc_str_eq(dictionary->entries[i - 1].word,
                      dictionary->entries[i].word))
        {
            *twice = dictionary->entries[i].word;
            return false;
        }
    }

    return true;
}


/* Number of letters and digits. */

static size_t
sc_topic_letters(sc_str_t text)
{
    size_t               len, count;
    const unsigned char *at, *end;

    at = text.data;
    end = at + text.len;
    count = 0;

    for (/* void */; at < end; at += len) {
        count += sc_letter_class(sc_letter_decode(at, end, &len))
                 >= SC_LETTER_DIGIT;
    }

    return count;
}


/*
 * Read like the texts: a word gives one key, a pair three (two words and the
 * pair).  A word that the reader drops (as in "no signal") is an error, since
 * the rest would match too much.
 */

static const char *
sc_topic_dictionary_word(const sc_topic_language_t *language, sc_str_t text,
    sc_str_t topic, sc_topic_add_fn add, void *owner)
{
    sc_str_t        name;
    sc_topic_keys_t keys;

    sc_topic_keys_init(&keys);
    sc_topic_keys_add(&keys, language, NULL, text);

    if (keys.count != 1 && keys.count != 3) {
        return "not a word of at least three letters, a pair of such words "
               "or a hashtag";
    }

    name = keys.keys[keys.count - 1].name;

    if ((sc_str_find_byte(name, ' ') < name.len) != (keys.count == 3)
        || sc_topic_letters(name) != sc_topic_letters(text))
    {
        return "more than two words, or one that is too short or too common";
    }

    return add(owner, name, topic) ? NULL
           : "no room for further words: a dictionary holds 16384 words";
}


const char *
sc_topic_dictionary_read(const sc_topic_language_t *language, sc_str_t line,
    sc_topic_add_fn add, void *owner)
{
    size_t      sign;
    sc_str_t    topic, rest, word;
    const char *wrong;

    line = sc_str_trim(line);

    if (line.len == 0 || line.data[0] == '#') {
        return NULL;
    }

    topic = SC_STR_NULL;
    sign = 0;

    if (line.data[0] != '!') {
        sign = sc_str_find_byte(line, '=');
        topic = sc_str_trim(sc_str_first(line, sign));

        if (sign == line.len || topic.len == 0) {
            return "neither \"topic = word, …\" nor \"! word, …\"";
        }

        if (topic.len > SC_TOPIC_MAX_NAME || !sc_utf8_is_valid(topic)) {
            return "a topic's name is UTF-8 of at most 40 bytes";
        }
    }

    rest = sc_str_from(line, sign + 1);

    while (sc_str_next(&rest, ',', &word)) {
        wrong = sc_topic_dictionary_word(language, sc_str_trim(word), topic,
                                         add, owner);

        if (wrong != NULL) {
            return wrong;
        }
    }

    return NULL;
}
