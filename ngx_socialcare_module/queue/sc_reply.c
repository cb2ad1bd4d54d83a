/*
 * sc_reply.c: classifies the server's error replies.
 *
 * Only the first word counts: the rest differs between versions and forks, and
 * scripts append to it.  The exceptions are errors that begin with the generic
 * ERR, or with no code at all, but are about the server or the account, not
 * about our command.
 */

#include "sc_queue.h"


typedef struct {
    sc_str_t         word;
    sc_reply_class_t reply_class;
} sc_reply_word_t;


static const sc_reply_word_t sc_reply_words[] = {
    { SC_STR_INIT("NOSCRIPT"), SC_REPLY_NOSCRIPT },
    { SC_STR_INIT("MOVED"), SC_REPLY_MOVED },
    { SC_STR_INIT("ASK"), SC_REPLY_ASK },
    { SC_STR_INIT("TRYAGAIN"), SC_REPLY_TRY_AGAIN },
    { SC_STR_INIT("CLUSTERDOWN"), SC_REPLY_CLUSTER_DOWN },
    { SC_STR_INIT("READONLY"), SC_REPLY_READONLY },
    { SC_STR_INIT("UNBLOCKED"), SC_REPLY_READONLY },
    { SC_STR_INIT("LOADING"), SC_REPLY_LOADING },
    { SC_STR_INIT("MASTERDOWN"), SC_REPLY_LOADING },
    { SC_STR_INIT("OOM"), SC_REPLY_OOM },
    { SC_STR_INIT("MISCONF"), SC_REPLY_MISCONF },
    { SC_STR_INIT("NOREPLICAS"), SC_REPLY_NO_REPLICAS },
    { SC_STR_INIT("BUSY"), SC_REPLY_BUSY },
    { SC_STR_INIT("NOAUTH"), SC_REPLY_AUTH },
    { SC_STR_INIT("WRONGPASS"), SC_REPLY_AUTH },
    { SC_STR_INIT("NOPERM"), SC_REPLY_AUTH },
    { SC_STR_INIT("DENIED"), SC_REPLY_AUTH }
};


/* Texts that follow ERR or have no code; compared as prefixes. */
static const sc_reply_word_t sc_reply_texts[] = {
    { SC_STR_INIT("The user executing the script can't"), SC_REPLY_AUTH },
    { SC_STR_INIT("ACL failure in script"), SC_REPLY_AUTH },
    { SC_STR_INIT("invalid password"), SC_REPLY_AUTH },
    { SC_STR_INIT("Client sent AUTH"), SC_REPLY_AUTH },
    { SC_STR_INIT("AUTH <password> called"), SC_REPLY_AUTH },
    { SC_STR_INIT("unknown command"), SC_REPLY_AUTH },
    { SC_STR_INIT("Unknown Redis command called from"), SC_REPLY_AUTH },
    { SC_STR_INIT("DB index is out of range"), SC_REPLY_AUTH },
    { SC_STR_INIT("invalid DB index"), SC_REPLY_AUTH },
    { SC_STR_INIT("max number of clients"), SC_REPLY_MAX_CLIENTS },
    { SC_STR_INIT("WAIT cannot be used with replica"), SC_REPLY_READONLY }
};


/* Name and advice by class, in the order of sc_reply_class_t. */
static const struct {
    const char *name;
    const char *advice;
} sc_reply_class_texts[SC_REPLY_CLASSES] = {
    { "ok", "nothing to do" },
    { "noscript",
      "the server does not know the script yet; it is sent again" },
    { "moved", "this is a node of a Redis Cluster, which is not supported; "
      "point socialcare_redis to a single server" },
    { "ask", "this is a node of a Redis Cluster, which is not supported; "
      "point socialcare_redis to a single server" },
    { "tryagain", "this is a node of a Redis Cluster, which is not supported; "
      "point socialcare_redis to a single server" },
    { "clusterdown", "this is a node of a Redis Cluster, which is not "
      "supported; point socialcare_redis to a single server" },
    { "readonly", "the server is a replica; point socialcare_redis to the "
      "master, or make this server the master" },
    { "loading", "the server is still loading its data; mentions wait" },
    { "oom", "the server is at its maxmemory; raise it, keep "
      "\"maxmemory-policy noeviction\", and check that workers acknowledge "
      "and delete what they have read" },
    { "misconf", "the server cannot write to its disk and refuses writes; "
      "make room or repair the disk" },
    { "noreplicas", "fewer replicas are connected than "
      "\"min-replicas-to-write\" asks for" },
    { "replicas_short", "fewer replicas than \"ack=replicas=\" asks for have "
      "confirmed in time; check \"INFO replication\" of the server, its "
      "replicas and their network; mentions wait" },
    { "busy", "a script blocks the server; find it in \"SLOWLOG GET\"" },
    { "auth", "the server refuses the user, the password, the database or a "
      "command; check user=, password_file= and db= of socialcare_redis, and "
      "the user's ACL and the server's rename-command against the README" },
    { "maxclients", "the server has no room for further connections; raise "
      "its maxclients" },
    { "poison", "the server will never take this as it stands; check that no "
      "other program writes to these keys" },
    { "unexpected", "the answer is not one that Redis gives; check what "
      "listens at the address of socialcare_redis" }
};


static bool
sc_reply_find(const sc_reply_word_t *table, size_t count, sc_str_t error,
    bool whole, sc_reply_class_t *reply_class)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (whole ? sc_str_eq(error, table[i].word)
                  : sc_str_starts_with(error, table[i].word))
        {
            *reply_class = table[i].reply_class;
            return true;
        }
    }

    return false;
}


/*
 * Redis before 7 wraps the error reply of a command in a script:
 * "ERR Error running script (call to f_<sha>): @user_script:9: @user_script: "
 * "9: -READONLY You can't …", or "@user_script: 9: …" where the script passed
 * the error on.  Returns the text after the last such mark and its line number,
 * or `error`.
 */
static sc_str_t
sc_reply_unwrap(sc_str_t error)
{
    size_t   at;
    sc_str_t mark = SC_STR_INIT("@user_script:");

    if (!sc_str_starts_with(error, SC_STR("ERR Error running script"))
        && !sc_str_starts_with(error, mark))
    {
        return error;
    }

    for (at = 0; at + mark.len <= error.len; /* void */) {

        if (memcmp(error.data + at, mark.data, mark.len) != 0) {
            at++;
            continue;
        }

        error = sc_str_trim(sc_str_from(error, at + mark.len));
        error = sc_str_from(error, sc_str_find_byte(error, ':') + 1);
        error = sc_str_trim(error);
        at = 0;
    }

    if (error.len > 0 && error.data[0] == '-') {
        error = sc_str_from(error, 1);
    }

    return error;
}


sc_reply_class_t
sc_reply_classify(sc_str_t error)
{
    sc_str_t         word;
    sc_reply_class_t reply_class;

    error = sc_reply_unwrap(error);
    word = sc_str_first(error, sc_str_find_byte(error, ' '));

    if (sc_str_starts_with(error, SC_STR("ERR "))) {
        error = sc_str_from(error, 4);
    }

    if (sc_reply_find(sc_reply_words,
                      sizeof(sc_reply_words) / sizeof(sc_reply_words[0]),
                      word, true, &reply_class)
        || sc_reply_find(sc_reply_texts,
                         sizeof(sc_reply_texts) / sizeof(sc_reply_texts[0]),
                         error, false, &reply_class))
    {
        return reply_class;
    }

    return SC_REPLY_POISON;
}


bool
sc_reply_is_items_fault(sc_str_t error)
{
    sc_str_t word;

    error = sc_reply_unwrap(error);
    word = sc_str_first(error, sc_str_find_byte(error, ' '));

    return sc_str_eq(word, SC_STR("WRONGTYPE"))
           || sc_str_eq(word, SC_STR("CROSSSLOT"));
}


const char *
sc_reply_class_name(sc_reply_class_t reply_class)
{
    if ((unsigned) reply_class >= SC_REPLY_CLASSES) {
        return "unknown";
    }

    return sc_reply_class_texts[reply_class].name;
}


const char *
sc_reply_class_advice(sc_reply_class_t reply_class)
{
    if ((unsigned) reply_class >= SC_REPLY_CLASSES) {
        return "this class of replies is not known";
    }

    return sc_reply_class_texts[reply_class].advice;
}
