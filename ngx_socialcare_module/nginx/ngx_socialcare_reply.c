
/*
 * ngx_socialcare_reply.c: hiredis' reader over objects of our own.
 *
 * Lengths in a reply are never trusted: an array may have at most 32,768
 * elements and a reply 1 MiB of text, and a server that announces more is
 * treated as one that does not speak the protocol.
 */

#include "ngx_socialcare_reply.h"

#include <hiredis/hiredis.h>
#include <hiredis/read.h>


#define NGX_SOCIALCARE_REPLY_MAX_ELEMENTS  32768
#define NGX_SOCIALCARE_REPLY_MAX_BYTES     (1024 * 1024)
#define NGX_SOCIALCARE_REPLY_POOL          4096


/* hiredis 1.0 changed the type of an array's length. */
#if (HIREDIS_MAJOR >= 1)
typedef size_t  ngx_socialcare_elements_t;
#else
typedef int     ngx_socialcare_elements_t;
#endif


struct ngx_socialcare_reader_s {
    redisReader    *reader;
    ngx_pool_t     *pool;
    size_t          bytes;      /* of the reply being read */
    ngx_uint_t      elements;
    unsigned        complete:1; /* the pool holds a returned reply */
};


static void *ngx_socialcare_reply_string(const redisReadTask *task, char *text,
    size_t len);
static void *ngx_socialcare_reply_array(const redisReadTask *task,
    ngx_socialcare_elements_t elements);
static void *ngx_socialcare_reply_integer(const redisReadTask *task,
    long long value);
static void *ngx_socialcare_reply_nil(const redisReadTask *task);
#if (HIREDIS_MAJOR >= 1)
static void *ngx_socialcare_reply_double(const redisReadTask *task,
    double value, char *text, size_t len);
static void *ngx_socialcare_reply_bool(const redisReadTask *task, int value);
#endif
static void ngx_socialcare_reply_free(void *object);


static redisReplyObjectFunctions  ngx_socialcare_reply_functions = {
    .createString = ngx_socialcare_reply_string,
    .createArray = ngx_socialcare_reply_array,
    .createInteger = ngx_socialcare_reply_integer,
    .createNil = ngx_socialcare_reply_nil,
#if (HIREDIS_MAJOR >= 1)
    .createDouble = ngx_socialcare_reply_double,
    .createBool = ngx_socialcare_reply_bool,
#endif
    .freeObject = ngx_socialcare_reply_free
};


ngx_socialcare_reader_t *
ngx_socialcare_reader_create(ngx_log_t *log)
{
    ngx_socialcare_reader_t  *reader;

    reader = ngx_calloc(sizeof(ngx_socialcare_reader_t), log);
    if (reader == NULL) {
        return NULL;
    }

    reader->pool = ngx_create_pool(NGX_SOCIALCARE_REPLY_POOL, log);

    if (reader->pool == NULL
        || ngx_socialcare_reader_reset(reader) != NGX_OK)
    {
        ngx_socialcare_reader_destroy(reader);
        return NULL;
    }

    return reader;
}


void
ngx_socialcare_reader_destroy(ngx_socialcare_reader_t *reader)
{
    if (reader->reader != NULL) {
        redisReaderFree(reader->reader);
    }

    if (reader->pool != NULL) {
        ngx_destroy_pool(reader->pool);
    }

    ngx_free(reader);
}


ngx_int_t
ngx_socialcare_reader_reset(ngx_socialcare_reader_t *reader)
{
    if (reader->reader != NULL) {
        redisReaderFree(reader->reader);
    }

    ngx_reset_pool(reader->pool);

    reader->bytes = 0;
    reader->elements = 0;
    reader->complete = 0;

    reader->reader =
                redisReaderCreateWithFunctions(&ngx_socialcare_reply_functions);
    if (reader->reader == NULL) {
        return NGX_ERROR;
    }

    reader->reader->privdata = reader;

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_reader_feed(ngx_socialcare_reader_t *reader, u_char *data,
    size_t len)
{
    if (reader->reader->len - reader->reader->pos + len
        > 2 * NGX_SOCIALCARE_REPLY_MAX_BYTES)
    {
        return NGX_ERROR;
    }

    if (redisReaderFeed(reader->reader, (char *) data, len) != REDIS_OK) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_reader_next(ngx_socialcare_reader_t *reader,
    ngx_socialcare_reply_t **reply)
{
    void  *object;

    if (reader->complete) {
        ngx_reset_pool(reader->pool);
        reader->complete = 0;
        reader->bytes = 0;
        reader->elements = 0;
    }

    object = NULL;

    if (redisReaderGetReply(reader->reader, &object) != REDIS_OK) {
        return NGX_ERROR;
    }

    if (object == NULL) {
        return NGX_AGAIN;
    }

    reader->complete = 1;
    *reply = object;

    return NGX_OK;
}


static ngx_uint_t
ngx_socialcare_reader_is_full(ngx_socialcare_reader_t *reader)
{
    return reader->bytes > NGX_SOCIALCARE_REPLY_MAX_BYTES
           || reader->elements > 2 * NGX_SOCIALCARE_REPLY_MAX_ELEMENTS;
}


const char *
ngx_socialcare_reader_problem(ngx_socialcare_reader_t *reader)
{
    return reader->reader->err == REDIS_ERR_OOM
           && !ngx_socialcare_reader_is_full(reader)
           ? "out of memory for its reply" : "no valid Redis reply";
}


/* A new object in its place; NULL beyond the bounds, which stops the reader. */

static ngx_socialcare_reply_t *
ngx_socialcare_reply_new(const redisReadTask *task,
    ngx_socialcare_reply_type_e type, size_t bytes)
{
    ngx_socialcare_reply_t   *reply, *parent;
    ngx_socialcare_reader_t  *reader;

    reader = task->privdata;
    reader->bytes += bytes;
    reader->elements++;

    if (ngx_socialcare_reader_is_full(reader)) {
        return NULL;
    }

    reply = ngx_pcalloc(reader->pool, sizeof(ngx_socialcare_reply_t));
    if (reply == NULL) {
        return NULL;
    }

    reply->type = type;

    if (task->parent != NULL) {
        parent = task->parent->obj;
        parent->elements[task->idx] = reply;
    }

    return reply;
}


static void *
ngx_socialcare_reply_string(const redisReadTask *task, char *text, size_t len)
{
    u_char                   *copy;
    ngx_socialcare_reply_t   *reply;
    ngx_socialcare_reader_t  *reader;

    reader = task->privdata;

    reply = ngx_socialcare_reply_new(task, NGX_SOCIALCARE_REPLY_STRING, len);
    if (reply == NULL) {
        return NULL;
    }

    copy = ngx_pnalloc(reader->pool, len + 1);
    if (copy == NULL) {
        return NULL;
    }

    ngx_memcpy(copy, text, len);
    reply->text = sc_str_make(copy, len);

    if (task->type == REDIS_REPLY_ERROR) {
        reply->type = NGX_SOCIALCARE_REPLY_ERROR;
        reply->reply_class = sc_reply_classify(reply->text);
    }

    return reply;
}


static void *
ngx_socialcare_reply_array(const redisReadTask *task,
    ngx_socialcare_elements_t elements)
{
    ngx_socialcare_reply_t   *reply;
    ngx_socialcare_reader_t  *reader;

    reader = task->privdata;

    if ((size_t) elements > NGX_SOCIALCARE_REPLY_MAX_ELEMENTS) {
        return NULL;
    }

    reply = ngx_socialcare_reply_new(task, NGX_SOCIALCARE_REPLY_ARRAY, 0);
    if (reply == NULL) {
        return NULL;
    }

    if (elements > 0) {
        reply->elements = ngx_pcalloc(reader->pool,
                                      (size_t) elements
                                      * sizeof(ngx_socialcare_reply_t *));
        if (reply->elements == NULL) {
            return NULL;
        }
    }

    reply->count = (ngx_uint_t) elements;

    return reply;
}


static void *
ngx_socialcare_reply_integer(const redisReadTask *task, long long value)
{
    ngx_socialcare_reply_t  *reply;

    reply = ngx_socialcare_reply_new(task, NGX_SOCIALCARE_REPLY_INTEGER, 0);
    if (reply != NULL) {
        reply->integer = value;
    }

    return reply;
}


static void *
ngx_socialcare_reply_nil(const redisReadTask *task)
{
    return ngx_socialcare_reply_new(task, NGX_SOCIALCARE_REPLY_NIL, 0);
}


/*
 * RESP3, which this module never asks for: NULL stops the reader.  Without a
 * function hiredis returns the type's number where a pointer is expected.
 */

#if (HIREDIS_MAJOR >= 1)

static void *
ngx_socialcare_reply_double(const redisReadTask *task, double value,
    char *text, size_t len)
{
    (void) task;
    (void) value;
    (void) text;
    (void) len;

    return NULL;
}


static void *
ngx_socialcare_reply_bool(const redisReadTask *task, int value)
{
    (void) task;
    (void) value;

    return NULL;
}

#endif


/* Objects belong to the reader's pool. */

static void
ngx_socialcare_reply_free(void *object)
{
    (void) object;
}
