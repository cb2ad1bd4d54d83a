
/*
 * ngx_socialcare_trend_conf.c: socialcare_trends and its dictionary.
 */

#include "ngx_socialcare_conf.h"
#include "ngx_socialcare_trend.h"


#define NGX_SOCIALCARE_DICTIONARY_SIZE  (1024 * 1024)


static ngx_int_t
ngx_socialcare_copy_word(ngx_pool_t *pool, sc_str_t *to, sc_str_t from)
{
    u_char  *copy;

    copy = ngx_pnalloc(pool, from.len + 1);
    if (copy == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(copy, from.data, from.len);
    *to = sc_str_make(copy, from.len);

    return NGX_OK;
}


static bool
ngx_socialcare_dictionary_add(void *owner, sc_str_t word, sc_str_t topic)
{
    ngx_array_t       *words = owner;
    sc_topic_entry_t  *entry;

    if (words->nelts == SC_TOPIC_DICTIONARY_WORDS) {
        return false;
    }

    entry = ngx_array_push(words);

    return entry != NULL
           && ngx_socialcare_copy_word(words->pool, &entry->word, word)
              == NGX_OK
           && ngx_socialcare_copy_word(words->pool, &entry->topic,
                                       topic.len ? topic : SC_STR(""))
              == NGX_OK;
}


static char *
ngx_socialcare_dictionary_lines(ngx_conf_t *cf, ngx_str_t *path,
    sc_str_t text, ngx_array_t *words)
{
    void                 *memory;
    sc_str_t              line;
    ngx_uint_t            number;
    const char           *wrong;
    sc_topic_language_t  *language;

    static const u_char  secret[SC_SIPHASH_KEY_SIZE];

    number = 0;
    language = ngx_palloc(cf->temp_pool, sizeof(sc_topic_language_t));
    memory = ngx_palloc(cf->temp_pool, sc_topic_language_size(0));

    if (language == NULL || memory == NULL) {
        return NGX_CONF_ERROR;
    }

    sc_topic_language_init(language, secret, NULL, memory);

    while (sc_str_next(&text, '\n', &line)) {
        number++;

        if (line.len && line.data[line.len - 1] == '\r') {
            line.len--;
        }

        wrong = sc_topic_dictionary_read(language, line,
                                         ngx_socialcare_dictionary_add, words);

        if (wrong != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V:%ui: %s", path,
                               number, wrong);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_socialcare_dictionary_load(ngx_conf_t *cf, ngx_str_t *path,
    sc_topic_dictionary_t **result)
{
    sc_str_t                twice;
    ngx_str_t               text;
    ngx_array_t            *words;
    sc_topic_dictionary_t  *dictionary;

    words = ngx_array_create(cf->pool, 64, sizeof(sc_topic_entry_t));
    dictionary = ngx_palloc(cf->pool, sizeof(sc_topic_dictionary_t));

    if (words == NULL || dictionary == NULL
        || ngx_socialcare_read_file(cf, path, NGX_SOCIALCARE_DICTIONARY_SIZE,
                                    "the dictionary must exist and be readable",
                                    "write lines as \"topic = word, word\"",
                                    &text)
           != NGX_OK
        || ngx_socialcare_dictionary_lines(cf, path,
                                           ngx_socialcare_to_core(text),
                                           words)
           != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    dictionary->entries = words->elts;
    dictionary->count = words->nelts;

    if (!sc_topic_dictionary_sort(dictionary, &twice)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%V: \"%*s\" is listed twice", path, twice.len,
                           twice.data);
        return NGX_CONF_ERROR;
    }

    *result = dictionary;

    return NGX_CONF_OK;
}


char *
ngx_socialcare_trends_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_socialcare_main_conf_t *mcf = conf;

    ngx_str_t  *value, path;

    (void) cmd;

    if (mcf->trends != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "on") == 0) {
        mcf->trends = 1;

    } else if (ngx_strcmp(value[1].data, "off") == 0) {
        mcf->trends = 0;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\": write on or off",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (!mcf->trends || !ngx_socialcare_option(&value[2], "dictionary=", &path)
        || path.len == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\": \"on\" takes "
                           "dictionary=FILE", &value[2]);
        return NGX_CONF_ERROR;
    }

    return ngx_socialcare_dictionary_load(cf, &path, &mcf->trend_dictionary);
}
