/*
 * sc_buf.h: a bounded, growing output buffer.
 *
 * Memory comes from a function of the owner; the buffer doubles until its
 * limit.  A failed append leaves `failed` set and every later append does
 * nothing, so that a writer checks once, at the end.
 */

#ifndef SC_BUF_H
#define SC_BUF_H

#include "sc_str.h"


/*
 * Returns memory for `size` bytes that starts with the first `used` bytes of
 * `old`, or NULL.  `old` is NULL the first time.
 */
typedef unsigned char *(*sc_buf_grow_fn)(void *owner, unsigned char *old,
    size_t used, size_t size);


typedef struct {
    unsigned char *data;
    size_t         len;
    size_t         size;
    size_t         limit;
    sc_buf_grow_fn grow;       /* NULL: fixed memory */
    void          *owner;
    bool           failed;
} sc_buf_t;


/* Uses the caller's fixed memory. */
void sc_buf_init_fixed(sc_buf_t *buf, unsigned char *memory, size_t size);

/* Growing, up to `limit` bytes. */
void sc_buf_init(sc_buf_t *buf, sc_buf_grow_fn grow, void *owner,
    size_t limit);

/* The slow path of sc_buf_reserve, for when the memory must grow. */
unsigned char *sc_buf_enlarge(sc_buf_t *buf, size_t more);

void sc_buf_append_uint(sc_buf_t *buf, uint64_t value);
void sc_buf_append_int(sc_buf_t *buf, int64_t value);

/* UINT64_MAX in decimal */
#define SC_UINT64_DIGITS  20

/*
 * Writes `value` in decimal and returns the number of bytes, at most
 * SC_UINT64_DIGITS, for which `to` must have room.  sc_int_write puts a '-'
 * in front of negative values.
 */
size_t sc_uint_write(unsigned char *to, uint64_t value);
size_t sc_int_write(unsigned char *to, int64_t value);

#define sc_buf_append_literal(buf, literal)                                   \
    sc_buf_append(buf, literal, sizeof(literal) - 1)

/*
 * A record is written in a hundred small pieces, most of them literals: the
 * common case is inlined, and a literal's copy becomes a store or two.
 */

/*
 * Makes sure that `size` more bytes fit and returns where they go, or NULL
 * (with `failed` set).  The caller then advances buf->len itself.
 */
static inline unsigned char *
sc_buf_reserve(sc_buf_t *buf, size_t size)
{
    if (buf->failed || size > buf->size - buf->len) {
        return sc_buf_enlarge(buf, size);
    }

    return buf->data + buf->len;
}


static inline void
sc_buf_append(sc_buf_t *buf, const void *data, size_t len)
{
    unsigned char *to;

    if (len == 0) {
        return;
    }

    to = sc_buf_reserve(buf, len);
    if (to != NULL) {
        memcpy(to, data, len);
        buf->len += len;
    }
}


static inline void
sc_buf_append_str(sc_buf_t *buf, sc_str_t text)
{
    sc_buf_append(buf, text.data, text.len);
}


static inline void
sc_buf_append_byte(sc_buf_t *buf, unsigned char c)
{
    sc_buf_append(buf, &c, 1);
}


static inline sc_str_t
sc_buf_str(const sc_buf_t *buf)
{
    return sc_str_make(buf->data, buf->len);
}

#endif /* SC_BUF_H */
