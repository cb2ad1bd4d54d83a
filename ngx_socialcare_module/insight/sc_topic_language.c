/*
 * sc_topic_language.c: finds the words that mean something else, or nothing, by
 * their keyed hashes.
 *
 * A hash table of slots, at most half full, refers to an array of hashes: first
 * those of the stop words, then the dictionary's.  Two words with the same
 * 64-bit hash are taken for one, as everywhere in topics.
 */

#include "sc_topic_language.h"


/* A slot is 0, or a tag from the hash above the number of the word, + 1. */
#define SC_TOPIC_SLOT_BITS  16
#define SC_TOPIC_SLOT_MASK  UINT32_C(0xffff)


/*
 * Articles, pronouns, prepositions, auxiliaries and courtesies of English,
 * German, French, Spanish, Italian, Portuguese, Dutch, Polish and Turkish,
 * from three letters on.
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

#define SC_TOPIC_STOP_WORDS                                                   \
    (sizeof(sc_topic_stop_words) / sizeof(sc_topic_stop_words[0]))

_Static_assert(SC_TOPIC_STOP_WORDS + SC_TOPIC_DICTIONARY_WORDS
               < SC_TOPIC_SLOT_MASK, "a slot counts words in 16 bits");


static size_t
sc_topic_slots(size_t words)
{
    size_t slots;

    slots = 1;

    while (slots < 2 * words) {
        slots *= 2;
    }

    return slots;
}


size_t
sc_topic_language_size(size_t dictionary_words)
{
    size_t words;

    words = SC_TOPIC_STOP_WORDS + dictionary_words;

    return (words + dictionary_words) * sizeof(uint64_t)
           + sc_topic_slots(words) * sizeof(uint32_t);
}


static uint32_t
sc_topic_slot_tag(uint64_t hash)
{
    return (uint32_t) (hash >> 32) & ~SC_TOPIC_SLOT_MASK;
}


static void
sc_topic_language_add(sc_topic_language_t *language, size_t number,
    sc_str_t word)
{
    size_t   i;
    uint64_t hash;

    hash = sc_topic_hash(&language->key, word);
    language->hashes[number] = hash;
    i = (size_t) hash & language->slots_mask;

    while (language->slots[i] != 0) {
        i = (i + 1) & language->slots_mask;
    }

    language->slots[i] = sc_topic_slot_tag(hash) | (uint32_t) (number + 1);
}


static void
sc_topic_language_bytes(sc_topic_language_t *language)
{
    unsigned             c;
    const unsigned char *mark;

    memset(language->bytes, 0, sizeof(language->bytes));

    for (c = '0'; c <= '9'; c++) {
        language->bytes[c] = SC_TOPIC_BYTE_DIGIT;
    }

    for (c = 'a'; c <= 'z'; c++) {
        language->bytes[c] = SC_TOPIC_BYTE_LETTER;
        language->bytes[c - 'a' + 'A'] = SC_TOPIC_BYTE_LETTER;
    }

    for (c = 0x80; c <= 0xff; c++) {
        language->bytes[c] = SC_TOPIC_BYTE_WIDE;
    }

    for (mark = (const unsigned char *) "@.:\xef"; *mark != '\0'; mark++) {
        language->bytes[*mark] |= SC_TOPIC_BYTE_ADDRESS;
    }

    for (mark = (const unsigned char *) ".,:;!?)\""; *mark != '\0'; mark++) {
        language->bytes[*mark] |= SC_TOPIC_BYTE_STOP;
    }

    language->bytes['<'] = SC_TOPIC_BYTE_BRACKET;
    language->bytes['['] = SC_TOPIC_BYTE_BRACKET;
}


void
sc_topic_language_init(sc_topic_language_t *language,
    const unsigned char secret[SC_SIPHASH_KEY_SIZE],
    const sc_topic_dictionary_t *dictionary, void *memory)
{
    size_t i, words, known;

    known = dictionary == NULL ? 0 : dictionary->count;
    words = SC_TOPIC_STOP_WORDS + known;

    sc_topic_hash_init(&language->key, secret);
    sc_letter_table_init(&language->letters);
    sc_topic_language_bytes(language);

    language->dictionary = dictionary;
    language->dictionary_words = known;
    language->hashes = memory;
    language->topics = language->hashes + words;
    language->slots = (uint32_t *) (language->topics + known);
    language->slots_mask = sc_topic_slots(words) - 1;
    memset(language->slots, 0, sc_topic_slots(words) * sizeof(uint32_t));

    for (i = 0; i < SC_TOPIC_STOP_WORDS; i++) {
        sc_topic_language_add(language, i,
                              sc_str_from_cstring(sc_topic_stop_words[i]));
    }

    for (i = 0; i < known; i++) {
        sc_topic_language_add(language, SC_TOPIC_STOP_WORDS + i,
                              dictionary->entries[i].word);
        language->topics[i] =
            sc_str_is_empty(dictionary->entries[i].topic) ? 0
            : sc_topic_hash(&language->key, dictionary->entries[i].topic);
    }
}


/* Number of the known word, from 1 on; 0: unknown. */

static inline size_t
sc_topic_language_number(const sc_topic_language_t *language, uint64_t hash)
{
    size_t   i;
    uint32_t slot, tag;

    i = (size_t) hash & language->slots_mask;
    tag = sc_topic_slot_tag(hash);

    for ( ;; ) {
        slot = language->slots[i];

        if (slot == 0) {
            return 0;
        }

        if ((slot & ~SC_TOPIC_SLOT_MASK) == tag
            && language->hashes[(slot & SC_TOPIC_SLOT_MASK) - 1] == hash)
        {
            return slot & SC_TOPIC_SLOT_MASK;
        }

        i = (i + 1) & language->slots_mask;
    }
}


static inline sc_topic_meaning_t
sc_topic_language_meaning_of(const sc_topic_language_t *language,
    size_t number)
{
    const sc_topic_entry_t *entry;

    if (number <= SC_TOPIC_STOP_WORDS) {
        return number == 0 ? SC_TOPIC_ITSELF : SC_TOPIC_STOP_WORD;
    }

    entry = &language->dictionary->entries[number - SC_TOPIC_STOP_WORDS - 1];

    return sc_str_is_empty(entry->topic) ? SC_TOPIC_NONE : SC_TOPIC_OTHER;
}


sc_topic_meaning_t
sc_topic_language_known(const sc_topic_language_t *language, uint64_t hash)
{
    return sc_topic_language_meaning_of(language,
                                        sc_topic_language_number(language,
                                                                 hash));
}


sc_topic_meaning_t
sc_topic_language_find(const sc_topic_language_t *language, uint64_t hash,
    sc_topic_key_t *key)
{
    size_t             number;
    sc_topic_meaning_t meaning;

    number = sc_topic_language_number(language, hash);
    meaning = sc_topic_language_meaning_of(language, number);

    if (meaning == SC_TOPIC_OTHER) {
        number -= SC_TOPIC_STOP_WORDS + 1;
        key->name = language->dictionary->entries[number].topic;
        key->hash = language->topics[number];
    }

    return meaning;
}
