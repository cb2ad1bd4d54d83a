/*
 * bench_topics.c: what finding topics costs per mention, without nginx.
 *
 *     bench_topics            nanoseconds per mention, by text and stage
 *     bench_topics KIND       the mentions of one kind once, for callgrind
 *
 * "words" reads the text and the names of the author, "count" counts the keys
 * in the brand's tables; the minimum of many rounds (other load on the machine
 * can only add to it).  Every mention has a different author.  Kinds whose text
 * is always the same use warm tables; "mixed" draws its words from a vocabulary
 * with Zipfian frequencies, so that most pairs are new and keys evict each
 * other, as with texts of real people.
 */

#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sc_trends.h"


#define ROUNDS      40
#define MENTIONS    1024
#define TEXT        1024
#define VOCABULARY  5000
#define WORD        12


typedef struct {
    const char *name;
    const char *brand;
    const char *author;
    const char *handle;
    const char *text;            /* NULL: mixed */
} kind_t;


/* The first two are those of the templates, as the module reads them. */

static const kind_t kinds[] = {
    { "x", "northwind", "Léa H.", "lea_on_rails",
      "@northwindrail Ich habe gestern um 17:05 in Hamburg gestanden und "
      "niemand konnte mir sagen, wann der nächste Zug fährt. Danach wurde der "
      "Anschluss gestrichen, das Hotel musste ich selbst bezahlen und seit "
      "Stunden antwortet keiner. Wie geht es jetzt weiter mit meiner "
      "Erstattung NW-4711?" },
    { "facebook", "northwind", "Léa Hörster", "",
      "Où est ma réservation NW-4711 ? Zug \360\237\232\206 fällt aus, und "
      "seit über zwei Stunden sagt uns hier niemand, wie es weitergeht. Der "
      "Anschluss ist weg, das Hotel mussten wir selbst bezahlen, die Kinder "
      "schlafen auf den Koffern. Wann antwortet bitte jemand? Der Schalter "
      "ist zu, die App zeigt seit Stunden nur einen leeren Bildschirm und "
      "der Chat trennt jedes Mal. Ich habe zweimal angerufen und wurde "
      "zweimal aus der Leitung geworfen." },
    { "english", "northwind", "Leah Horne", "leah_on_rails",
      "Hi @northwindrail, the 17:05 from Bristol was cancelled without any "
      "notice and nobody at the station could say when the next train leaves. "
      "I had to pay the hotel myself and your app shows an empty screen since "
      "yesterday. Who refunds booking NW-4711? #northwind #delay "
      "https://t.co/AbCdEf12" },
    { "cyrillic", "northwind", "Лена Орлова", "lena_orlova",
      "Вчера вечером поезд из Москвы отменили без предупреждения, и никто на "
      "вокзале не мог сказать, когда отправится следующий. Гостиницу пришлось "
      "оплатить самим, приложение показывает пустой экран. Когда вернут "
      "деньги за билет NW-4711?" },
    { "japanese", "northwind", "山田太郎", "yamada",
      "昨日の夜、東京発の電車が突然運休になりました。駅員は次の電車の時間を"
      "教えてくれず、ホテル代も自分で払いました。アプリは昨日から真っ白のまま"
      "です。予約 NW-4711 の返金はいつですか。 #遅延" },
    { "mixed", "northwind", "Leah Horne", "leah_on_rails", NULL }
};

#define KINDS  (sizeof(kinds) / sizeof(kinds[0]))


static unsigned char       secret[SC_SIPHASH_KEY_SIZE];
static sc_topic_language_t language;
static sc_topic_names_t    brand;
static sc_topics_t         topics;
static sc_trends_t         trends;
static sc_str_t            texts[MENTIONS];
static char                memory[MENTIONS][TEXT];
static char                vocabulary[VOCABULARY][WORD];
static double              zipf[VOCABULARY];
static uint64_t            authors;


/* What is found is added up here, so that nothing is optimised away. */
static volatile uint64_t   sink;


static uint64_t
random_next(uint64_t *random)
{
    uint64_t x;

    x = *random += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);

    return x ^ (x >> 31);
}


static void
make_vocabulary(uint64_t *random)
{
    size_t i, j, len;
    double sum;

    sum = 0;

    for (i = 0; i < VOCABULARY; i++) {
        len = 2 + random_next(random) % (WORD - 3);

        for (j = 0; j < len; j++) {
            vocabulary[i][j] = (j % 2 ? "aeiou" : "bdfgklmnprstvz")
                               [random_next(random) % (j % 2 ? 5 : 14)];
        }

        sum += 1.0 / (double) (i + 5);
        zipf[i] = sum;
    }
}


static const char *
draw_word(uint64_t *random)
{
    size_t low, high, middle;
    double at;

    at = (double) (random_next(random) >> 11) / 9007199254740992.0
         * zipf[VOCABULARY - 1];
    low = 0;
    high = VOCABULARY - 1;

    while (low < high) {
        middle = (low + high) / 2;

        if (zipf[middle] < at) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return vocabulary[low];
}


static sc_str_t
mix_text(char *text, uint64_t *random)
{
    int    len;
    size_t size;

    for (size = 0; size < 280; size += (size_t) len) {
        len = snprintf(text + size, TEXT - size, "%s%s", draw_word(random),
                       random_next(random) % 8 == 0 ? ", " : " ");
    }

    return sc_str_make(text, size);
}


static void
prepare(const kind_t *kind)
{
    size_t   i;
    uint64_t random;

    random = 7;
    make_vocabulary(&random);

    for (i = 0; i < MENTIONS; i++) {
        texts[i] = kind->text != NULL ? sc_str_from_cstring(kind->text)
                                      : mix_text(memory[i], &random);
    }

    sc_topic_language_init(&language, secret, NULL,
                           calloc(1, sc_topic_language_size(0)));
    sc_topic_names_init(&brand);
    sc_topic_names_add(&brand, &language, sc_str_from_cstring(kind->brand));
    sc_topics_init(&topics, 1000);
    sc_trends_init(&trends, &topics, 1000);
}


static void
read_words(const kind_t *kind, sc_str_t text, sc_topic_keys_t *keys)
{
    sc_topic_names_t names;

    names = brand;
    sc_topic_names_add(&names, &language, sc_str_from_cstring(kind->author));
    sc_topic_names_add(&names, &language, sc_str_from_cstring(kind->handle));

    sc_topic_keys_init(keys);
    sc_topic_keys_add(keys, &language, &names, text);
    sink += keys->count;
}


static void
count_keys(const sc_topic_keys_t *keys)
{
    sc_trends_mention_t mention;

    mention.keys = keys;
    mention.author = random_next(&authors);
    mention.channel = 2;
    mention.reach = 1;
    mention.counted = false;
    sink += sc_trends_observe(&trends, &mention) != NULL;
}


/* As the module does it: the keys of one mention on the stack. */

static void
read_all(const kind_t *kind, bool count)
{
    size_t          i;
    sc_topic_keys_t keys;

    for (i = 0; i < MENTIONS; i++) {
        read_words(kind, texts[i], &keys);

        if (count) {
            count_keys(&keys);
        }
    }
}


static double
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);

    return (double) now.tv_sec * 1e9 + (double) now.tv_nsec;
}


static double
smaller(double least, double took)
{
    return least == 0 || took < least ? took : least;
}


static void
report(const kind_t *kind)
{
    double   start, read, end, words, both;
    uint64_t before;
    unsigned round;

    words = 0;
    both = 0;
    before = sink;

    for (round = 0; round < ROUNDS; round++) {
        start = now_ns();
        read_all(kind, false);
        read = now_ns();
        read_all(kind, true);
        end = now_ns();

        words = smaller(words, read - start);
        both = smaller(both, end - read);
        sc_trends_close(&trends, trends.bucket + 1);
    }

    printf("    %-9s %5zu bytes %5.1f keys   words %6.0f ns   count %6.0f ns"
           "   both %6.0f ns\n", kind->name, texts[0].len,
           (double) (sink - before) / (2.0 * ROUNDS * MENTIONS),
           words / MENTIONS, (both - words) / MENTIONS, both / MENTIONS);
}


int
main(int argc, char **argv)
{
    size_t i;

    for (i = 0; i < KINDS; i++) {
        if (argc > 1 && strcmp(argv[1], kinds[i].name) != 0) {
            continue;
        }

        prepare(&kinds[i]);

        if (argc > 1) {
            read_all(&kinds[i], true);

        } else {
            report(&kinds[i]);
        }
    }

    return EXIT_SUCCESS;
}
