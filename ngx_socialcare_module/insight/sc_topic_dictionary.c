/*
 * sc_topic_dictionary.c: the operator's words, and those of no use.
 */

#include <stdlib.h>

#include "sc_json_write.h"
#include "sc_topic_letters.h"
#include "sc_topic_words.h"


/*
 * Articles, pronouns, prepositions, auxiliaries and courtesies of English,
 * German, French, Spanish, Italian, Portuguese, Dutch, Polish and Turkish,
 * from three letters on; in the order of their bytes.
 */

static const char *const sc_topic_stop_words[] = {
    "aan", "abbiamo", "abend", "aber", "able", "about", "after", "again",
    "agli", "ainda", "albo", "ale", "algo", "all", "alla", "alle", "alleen",
    "allem", "allen", "aller", "alles", "allo", "alors", "als", "also",
    "alvast", "always", "ama", "anche", "ancora", "and", "ander", "andere",
    "anderem", "anderen", "anderer", "anders", "another", "any", "anyone",
    "anything", "aos", "aquel", "are", "aren", "até", "auch", "auf", "aus",
    "aussi", "aux", "avec", "avere", "avete", "avez", "avoir", "avons",
    "back", "bana", "bardzo", "because", "bedankt", "been", "before", "bei",
    "beim", "being", "ben", "beni", "between", "bez", "bien", "bij", "bin",
    "bir", "bis", "bist", "bitte", "biz", "bizi", "boa", "bom", "bonjour",
    "bonsoir", "both", "buenas", "buenos", "buonasera", "buongiorno", "but",
    "być", "był", "była", "było", "były", "bzw", "can", "cannot", "car",
    "celle", "celui", "ces", "cet", "cette", "che", "chez", "chi", "ciao",
    "com", "come", "comme", "como", "con", "could", "couldn", "cuando",
    "cuándo", "czy", "cómo", "dabei", "dadurch", "dafür", "dagegen", "daha",
    "dal", "dalla", "dalle", "damit", "dan", "danach", "dank", "danke",
    "dann", "dans", "daran", "darauf", "daraus", "das", "dass", "dasselbe",
    "dat", "davon", "dazu", "daß", "dear", "degli", "dei", "dein", "deine",
    "deinem", "deinen", "deiner", "del", "della", "delle", "dello", "dem",
    "den", "denn", "depuis", "der", "deren", "des", "desde", "dessen", "deze",
    "değil", "dia", "dich", "did", "didn", "die", "dies", "diese", "diesem",
    "diesen", "dieser", "dieses", "dir", "dit", "diye", "dla", "dlaczego",
    "dobry", "doch", "does", "doesn", "doing", "don", "donc", "donde", "done",
    "dont", "door", "dort", "dos", "dove", "durch", "dzień", "dziękuję",
    "déjà", "días", "each", "een", "ein", "eine", "einem", "einen", "einer",
    "eines", "einfach", "einige", "einmal", "ela", "elas", "ele", "eles",
    "ella", "ellas", "elle", "elles", "ellos", "encore", "entre", "era",
    "erano", "erst", "esa", "esas", "ese", "esos", "essa", "esse", "essere",
    "est", "esta", "estar", "estas", "este", "estes", "estos", "estou",
    "estoy", "está", "están", "estão", "etwas", "euch", "euer", "eure",
    "eurem", "euren", "eux", "even", "ever", "every", "everyone", "faire",
    "fait", "fare", "fatto", "favor", "fazer", "first", "foi", "for", "fra",
    "from", "fue", "für", "ganz", "gar", "gdy", "gdzie", "geen", "gegen",
    "gern", "gerne", "get", "gibi", "gibt", "ging", "già", "gli",
    "goedemorgen", "going", "good", "got", "graag", "gracias", "grazie",
    "gruß", "grüße", "guten", "guys", "haar", "habe", "haben", "había",
    "hace", "hacer", "had", "hallo", "han", "hangi", "hanno", "has", "hasn",
    "hasta", "hat", "hatte", "hatten", "have", "haven", "having", "hay",
    "heb", "hebben", "hebt", "heeft", "hello", "help", "hen", "her", "here",
    "hers", "het", "heute", "hey", "hier", "hij", "him", "himself", "hin",
    "hinter", "his", "hiç", "hoe", "hola", "hope", "how", "hun", "hätte",
    "hätten", "ich", "ici", "iets", "ihm", "ihn", "ihnen", "ihr", "ihre",
    "ihrem", "ihren", "ihrer", "ile", "ils", "immer", "into", "ise", "isn",
    "isso", "ist", "isto", "its", "itself", "için", "jak", "jako", "jamais",
    "jede", "jedem", "jeden", "jeder", "jedes", "jene", "jest", "jestem",
    "jetzt", "jij", "jouw", "jullie", "just", "już", "kadar", "kan", "kann",
    "kannst", "kein", "keine", "keinem", "keinen", "keiner", "kiedy", "know",
    "kto", "kunnen", "können", "könnte", "könnten", "las", "last", "least",
    "lei", "les", "less", "let", "leur", "leurs", "liebe", "lieber", "liebes",
    "like", "long", "loro", "los", "lot", "lots", "lui", "lütfen", "maar",
    "machen", "macht", "made", "mag", "mai", "mais", "make", "mal", "mam",
    "mamy", "man", "manche", "many", "mas", "masz", "may", "maybe", "meer",
    "mehr", "mein", "meine", "meinem", "meinen", "meiner", "meno", "merci",
    "merhaba", "mes", "met", "meu", "meus", "mfg", "mia", "mich", "mie",
    "miei", "might", "mijn", "mine", "minha", "minhas", "mio", "mir", "mis",
    "mit", "moet", "moeten", "moi", "moin", "molta", "molti", "molto", "mon",
    "more", "morgen", "most", "może", "much", "mucha", "muchas", "mucho",
    "muchos", "muita", "muitas", "muito", "muitos", "muss", "must", "muy",
    "myself", "más", "même", "möchte", "müssen", "naar", "nach", "nad",
    "nada", "nasıl", "neden", "need", "needs", "negli", "nel", "nella",
    "nelle", "nello", "nem", "never", "new", "nicht", "nichts", "nie", "niet",
    "niets", "niçin", "noch", "noches", "nog", "noi", "noite", "non", "nor",
    "nos", "nosotros", "nostra", "nostro", "not", "nothing", "notre", "nous",
    "now", "num", "numa", "nun", "nur", "não", "nós", "obrigada", "obrigado",
    "oder", "off", "ohne", "olan", "olarak", "old", "olá", "once", "onde",
    "one", "onlar", "only", "ons", "ont", "onze", "ook", "oraz", "other",
    "otra", "otras", "otro", "otros", "our", "ours", "out", "over", "own",
    "par", "para", "pas", "pela", "pelas", "pelo", "pelos", "per", "perché",
    "pero", "peu", "peut", "peux", "più", "please", "plus", "pod", "por",
    "porque", "pour", "prego", "proszę", "przed", "przez", "przy", "puede",
    "pueden", "puedo", "put", "qual", "quand", "quando", "que", "quel",
    "quella", "quelle", "quelles", "quelli", "quello", "quels", "quem",
    "questa", "queste", "questi", "questo", "qui", "quien", "quoi", "qué",
    "really", "rien", "salut", "same", "sana", "sans", "say", "schon", "see",
    "sehr", "sein", "seine", "seinem", "seinen", "seiner", "seit", "selam",
    "selbst", "sem", "sempre", "sen", "seni", "ser", "sera", "serait", "ses",
    "seu", "seus", "she", "should", "siamo", "sich", "sie", "siete", "sin",
    "since", "sind", "siz", "sizi", "się", "sob", "sobre", "soll", "sollte",
    "sollten", "solo", "some", "someone", "something", "son", "sono", "sonra",
    "sonst", "sont", "sorry", "sous", "stata", "stato", "still", "sua",
    "suas", "such", "sue", "suis", "sul", "sulla", "sulle", "suo", "suoi",
    "sur", "sus", "svp", "são", "sólo", "tag", "tak", "take", "także", "tam",
    "también", "também", "tarde", "tardes", "tego", "tej", "tem", "ten",
    "tengo", "tenho", "ter", "tes", "teşekkürler", "też", "than", "thank",
    "thanks", "that", "the", "their", "theirs", "them", "then", "there",
    "these", "they", "thing", "things", "think", "this", "those", "though",
    "through", "tiene", "tienen", "time", "toch", "toda", "todas", "today",
    "todo", "todos", "toi", "ton", "too", "toujours", "tous", "tout", "toute",
    "toutes", "tra", "trop", "très", "tus", "tutta", "tutte", "tutti",
    "tutto", "two", "tych", "tylko", "tym", "têm", "uit", "uma", "umas",
    "una", "unas", "und", "under", "une", "uno", "unos", "uns", "unser",
    "unsere", "unserem", "unseren", "unter", "until", "upon", "use", "using",
    "usted", "ustedes", "van", "var", "veel", "vers", "very", "viel", "viele",
    "vielen", "você", "vocês", "voi", "vom", "von", "voor", "vor", "vos",
    "vostra", "vostro", "votre", "vous", "waar", "waarom", "wann", "wanneer",
    "want", "wants", "war", "waren", "warum", "was", "wasn", "wat", "way",
    "weer", "weg", "weil", "weiter", "wel", "welche", "welchem", "welchen",
    "welcher", "welches", "well", "wenn", "wer", "werd", "werde", "werden",
    "were", "weren", "what", "when", "where", "which", "while", "who", "whom",
    "whose", "why", "wie", "wieder", "wij", "wil", "will", "wir", "wird",
    "wirklich", "witam", "with", "won", "worden", "wordt", "would", "wouldn",
    "wurde", "wurden", "während", "wäre", "würde", "würden", "yes", "yet",
    "yok", "you", "your", "yours", "yourself", "zij", "zijn", "zou", "zouden",
    "zum", "zur", "zwar", "zwischen", "çok", "étaient", "était", "été",
    "être", "önce", "über", "şey", "şimdi"
};


static int
sc_topic_compare(sc_str_t a, sc_str_t b)
{
    int order;

    order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}


bool
sc_topic_is_stop_word(sc_str_t word)
{
    int    order;
    size_t low, high, middle;

    low = 0;
    high = sizeof(sc_topic_stop_words) / sizeof(sc_topic_stop_words[0]);

    while (low < high) {
        middle = low + (high - low) / 2;
        order = sc_topic_compare(word, sc_str_from_cstring(
                                           sc_topic_stop_words[middle]));

        if (order == 0) {
            return true;
        }

        if (order < 0) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return false;
}


const sc_topic_entry_t *
sc_topic_dictionary_find(const sc_topic_dictionary_t *dictionary,
    sc_str_t word)
{
    int    order;
    size_t low, high, middle;

    low = 0;
    high = dictionary->count;

    while (low < high) {
        middle = low + (high - low) / 2;
        order = sc_topic_compare(word, dictionary->entries[middle].word);

        if (order == 0) {
            return &dictionary->entries[middle];
        }

        if (order < 0) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return NULL;
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


/* How many letters and digits there are. */

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
 * As texts are read: a word is one key, a pair gives two words and itself.
 * A word that reading leaves out ("no signal") would make the rest match too
 * much.
 */

static const char *
sc_topic_dictionary_word(sc_str_t text, sc_str_t topic, sc_topic_add_fn add,
    void *owner)
{
    sc_str_t            name;
    sc_topic_keys_t     keys;
    sc_topic_language_t language;

    memset(&language, 0, sizeof(language));
    keys.count = 0;
    sc_topic_keys_add(&keys, &language, NULL, text);

    if (keys.count != 1 && keys.count != 3) {
        return "not a word of at least three letters, a pair of such words "
               "or a hashtag";
    }

    name = sc_str_make(keys.keys[keys.count - 1].name,
                       keys.keys[keys.count - 1].len);

    if ((sc_str_find_byte(name, ' ') < name.len) != (keys.count == 3)
        || sc_topic_letters(name) != sc_topic_letters(text))
    {
        return "more than two words, or one that is too short or too common";
    }

    return add(owner, name, topic) ? NULL : "no memory";
}


const char *
sc_topic_dictionary_read(sc_str_t line, sc_topic_add_fn add, void *owner)
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
        wrong = sc_topic_dictionary_word(sc_str_trim(word), topic, add, owner);

        if (wrong != NULL) {
            return wrong;
        }
    }

    return NULL;
}
