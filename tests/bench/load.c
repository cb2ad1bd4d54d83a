
/*
 * load.c: the bench's client: signs all of its requests before the clock
 * starts, then sends each of them once.
 *
 *     load [-c connections] [-n requests] [-r rate] [-f first] [-k] [-w]
 *          -s secret -p port template
 *
 * Without -r each connection sends its next request once the last one is
 * answered (closed loop).  With -r requests are due at a steady rate, and
 * latency counts from the time at which a request was due, sent or not, so that
 * a server that stalls cannot hide it (open loop).  -k opens a connection for
 * each request.  -w writes the requests to standard output, all of the same
 * length, and sends nothing.
 *
 * The template is a request's head and body.  In both, {{id+3}} is the number
 * of the request's fourth event, 19 digits, unique within a run, and
 * {{mod:1000}} is the request's number modulo that, as wide as the modulus; in
 * the head {{hex}} and {{base64}} are the body's HMAC-SHA256 and {{length}} is
 * its length.
 *
 * Prints one line of name=value.  Knows no server and no platform.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define MAX_PATCHES    16384
#define ID_DIGITS      19
#define TIME_DIGITS    10
#define MAC_BYTES      32
#define ANSWER_BYTES   8192
#define GIVE_UP_NS     INT64_C(60000000000)


typedef enum {
    PATCH_ID,
    PATCH_MOD,
    PATCH_PAST,
    PATCH_HEX,
    PATCH_BASE64
} patch_kind_t;

typedef struct {
    patch_kind_t   kind;
    size_t         at;
    size_t         width;
    uint64_t       value;
} patch_t;

typedef struct {
    int            fd;
    bool           connecting;
    bool           busy;
    size_t         request;
    size_t         sent;
    size_t         got;
    int64_t        due;
    char           answer[ANSWER_BYTES];
} connection_t;

static struct {
    size_t         connections, requests;
    double         rate;
    uint64_t       first;
    bool           close;
    bool           write;
    const char    *secret;
    uint16_t       port;
} option = { .connections = 16, .requests = 1000, .first = 1,
             .secret = "secret" };

static patch_t       patches[MAX_PATCHES];
static size_t        patch_count;
static uint64_t      events = 1;           /* per request */

static char         *prototype, *requests;
static size_t        size, body_at;

static connection_t *connections;
static size_t       *idle, idle_count;
static uint32_t     *latencies;
static size_t        next_request, done, bad;
static int           poll_fd;
static int64_t       start;


static void
fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}


static void *
memory(size_t count, size_t each)
{
    void  *p;

    p = calloc(count ? count : 1, each);

    if (p == NULL) {
        fail("memory");
    }

    return p;
}


static int64_t
now_ns(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}


/* Template -> prototype: every placeholder has a fixed width. */

static char *
read_template(const char *path, size_t *len)
{
    FILE  *file;
    char  *text;

    file = fopen(path, "r");

    if (file == NULL) {
        fail(path);
    }

    text = memory(1, 4 * 1024 * 1024);
    *len = fread(text, 1, 4 * 1024 * 1024 - 1, file);
    fclose(file);

    return text;
}


static void
add_patch(patch_kind_t kind, size_t width, uint64_t value)
{
    if (patch_count == MAX_PATCHES) {
        errno = E2BIG;
        fail("placeholders");
    }

    patches[patch_count].kind = kind;
    patches[patch_count].at = size;
    patches[patch_count].width = width;
    patches[patch_count].value = value;
    patch_count++;

    memset(prototype + size, '0', width);
    size += width;
}


static void
add_placeholder(const char *name, size_t body_length)
{
    uint64_t  value;

    if (strncmp(name, "id+", 3) == 0) {
        value = strtoull(name + 3, NULL, 10);
        events = value >= events ? value + 1 : events;
        add_patch(PATCH_ID, ID_DIGITS, value);

    } else if (strncmp(name, "mod:", 4) == 0) {
        value = strtoull(name + 4, NULL, 10);
        add_patch(PATCH_MOD, strcspn(name + 4, "}"), value);

    } else if (strncmp(name, "past:", 5) == 0) {
        add_patch(PATCH_PAST, TIME_DIGITS, strtoull(name + 5, NULL, 10));

    } else if (strncmp(name, "hex}", 4) == 0) {
        add_patch(PATCH_HEX, 2 * MAC_BYTES, 0);

    } else if (strncmp(name, "base64}", 7) == 0) {
        add_patch(PATCH_BASE64, 44, 0);

    } else if (strncmp(name, "length}", 7) == 0) {
        size += (size_t) snprintf(prototype + size, 24, "%zu", body_length);

    } else {
        errno = EINVAL;
        fail("unknown placeholder");
    }
}


static void
expand(const char *text, size_t len, size_t body_length)
{
    const char  *from, *end;

    end = text + len;

    while (text < end) {
        from = memmem(text, (size_t) (end - text), "{{", 2);

        if (from == NULL) {
            from = end;
        }

        memcpy(prototype + size, text, (size_t) (from - text));
        size += (size_t) (from - text);

        if (from == end) {
            return;
        }

        add_placeholder(from + 2, body_length);
        text = strstr(from, "}}") + 2;
    }
}


static void
make_prototype(const char *path)
{
    char    *text, *body;
    size_t   len, body_length;

    text = read_template(path, &len);
    body = memmem(text, len, "\r\n\r\n", 4);

    if (body == NULL) {
        errno = EINVAL;
        fail("template without a body");
    }

    body += 4;
    prototype = memory(1, 8 * 1024 * 1024);

    expand(body, len - (size_t) (body - text), 0);
    body_length = size;
    size = 0;
    patch_count = 0;

    expand(text, (size_t) (body - text), body_length);
    body_at = size;
    expand(body, len - (size_t) (body - text), body_length);

    free(text);
}


/* Prototype -> requests. */

static void
put_number(char *to, size_t width, uint64_t n)
{
    while (width--) {
        to[width] = (char) ('0' + n % 10);
        n /= 10;
    }
}


static void
put_signature(char *to, patch_kind_t kind, const unsigned char *mac)
{
    size_t              i;
    unsigned char       text[48];
    static const char   hex[] = "0123456789abcdef";

    if (kind == PATCH_BASE64) {
        EVP_EncodeBlock(text, mac, MAC_BYTES);
        memcpy(to, text, 44);
        return;
    }

    for (i = 0; i < MAC_BYTES; i++) {
        to[2 * i] = hex[mac[i] >> 4];
        to[2 * i + 1] = hex[mac[i] & 15];
    }
}


static void
make_request(char *to, uint64_t number)
{
    size_t          i;
    uint64_t        n;
    unsigned int    len;
    unsigned char   mac[EVP_MAX_MD_SIZE];
    const patch_t  *patch;

    memcpy(to, prototype, size);

    for (i = 0; i < patch_count; i++) {
        patch = &patches[i];
        n = patch->kind == PATCH_ID
            ? (option.first + number) * events + patch->value
            : number % (patch->value ? patch->value : 1);

        if (patch->kind == PATCH_ID) {
            n += UINT64_C(1800000000000000000);

        } else if (patch->kind == PATCH_PAST) {
            n = (uint64_t) time(NULL) - n;
        }

        put_number(to + patch->at, patch->width, n);
    }

    HMAC(EVP_sha256(), option.secret, (int) strlen(option.secret),
         (unsigned char *) to + body_at, size - body_at, mac, &len);

    for (i = 0; i < patch_count; i++) {
        if (patches[i].kind == PATCH_HEX || patches[i].kind == PATCH_BASE64) {
            put_signature(to + patches[i].at, patches[i].kind, mac);
        }
    }
}


static void
make_requests(void)
{
    size_t  i;

    requests = memory(option.requests, size);

    for (i = 0; i < option.requests; i++) {
        make_request(requests + i * size, i);
    }
}


/* Connections. */

static void
watch(connection_t *c, uint32_t what, int how)
{
    struct epoll_event  event;

    memset(&event, 0, sizeof(event));
    event.events = what;
    event.data.ptr = c;

    if (epoll_ctl(poll_fd, how, c->fd, &event) == -1) {
        fail("epoll_ctl");
    }
}


static void
open_connection(connection_t *c)
{
    int                 on;
    struct sockaddr_in  address;

    on = 1;
    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons(option.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (c->fd == -1) {
        fail("socket");
    }

    (void) setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    if (connect(c->fd, (struct sockaddr *) &address, sizeof(address)) == -1
        && errno != EINPROGRESS)
    {
        fail("connect");
    }

    c->connecting = true;
    watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
}


static void
send_more(connection_t *c)
{
    ssize_t  n;

    while (c->sent < size) {
        n = send(c->fd, requests + c->request * size + c->sent,
                 size - c->sent, MSG_NOSIGNAL);

        if (n == -1 && errno == EAGAIN) {
            watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return;
        }

        if (n == -1) {
            fail("send");
        }

        c->sent += (size_t) n;
    }
}


static void
begin(connection_t *c, int64_t due)
{
    c->busy = true;
    c->request = next_request++;
    c->sent = 0;
    c->got = 0;
    c->due = due;

    if (option.close) {
        open_connection(c);
        return;
    }

    send_more(c);
}


static void
finish(connection_t *c)
{
    int64_t  spent;

    spent = (now_ns() - c->due) / 1000;
    latencies[done++] = (uint32_t) (spent > UINT32_MAX ? UINT32_MAX : spent);

    if (c->got < 12 || memcmp(c->answer, "HTTP/1.1 2", 10) != 0) {
        bad++;
    }

    c->busy = false;

    if (option.close) {
        close(c->fd);
    }

    if (option.rate == 0 && next_request < option.requests) {
        begin(c, now_ns());
        return;
    }

    idle[idle_count++] = (size_t) (c - connections);
}


static bool
answer_is_complete(connection_t *c)
{
    char    *end, *length;
    size_t   head;

    c->answer[c->got] = '\0';
    end = strstr(c->answer, "\r\n\r\n");

    if (end == NULL) {
        return false;
    }

    head = (size_t) (end + 4 - c->answer);

    if (strncasecmp(c->answer + 9, "204", 3) == 0) {
        return true;
    }

    if (strcasestr(c->answer, "\r\nTransfer-Encoding: chunked") != NULL) {
        return strstr(end, "\r\n0\r\n\r\n") != NULL;
    }

    length = strcasestr(c->answer, "\r\nContent-Length:");

    return length != NULL
           && c->got >= head + strtoull(length + 17, NULL, 10);
}


static void
receive(connection_t *c)
{
    ssize_t  n;

    n = recv(c->fd, c->answer + c->got, ANSWER_BYTES - 1 - c->got, 0);

    if (n == -1 && errno == EAGAIN) {
        return;
    }

    if (n <= 0) {
        errno = n == 0 ? ECONNRESET : errno;
        fail("the server closed a connection");
    }

    c->got += (size_t) n;

    if (c->busy && answer_is_complete(c)) {
        finish(c);
    }
}


static void
handle(connection_t *c, uint32_t what)
{
    if (what & EPOLLOUT) {
        c->connecting = false;
        watch(c, EPOLLIN, EPOLL_CTL_MOD);

        if (c->busy) {
            send_more(c);
        }
    }

    if (what & (EPOLLIN | EPOLLERR | EPOLLHUP)) {
        receive(c);
    }
}


/* The run. */

static int64_t
due_of(size_t request)
{
    return start + (int64_t) ((double) request * 1e9 / option.rate);
}


/* Sends what is due and for what there is a connection. */

static void
send_due(void)
{
    int64_t  due;

    while (idle_count > 0 && next_request < option.requests) {
        due = option.rate > 0 ? due_of(next_request) : now_ns();

        if (due > now_ns()) {
            return;
        }

        begin(&connections[idle[--idle_count]], due);
    }
}


static void
wait_events(int64_t wait)
{
    int                 i, n;
    struct timespec     timeout;
    struct epoll_event  got[256];

    timeout.tv_sec = wait / 1000000000;
    timeout.tv_nsec = wait % 1000000000;

    n = epoll_pwait2(poll_fd, got, 256, &timeout, NULL);

    for (i = 0; i < n; i++) {
        handle(got[i].data.ptr, got[i].events);
    }
}


static void
connect_all(void)
{
    size_t  i, connecting;

    poll_fd = epoll_create1(0);
    connections = memory(option.connections, sizeof(connection_t));
    idle = memory(option.connections, sizeof(size_t));

    for (i = 0; i < option.connections; i++) {
        idle[idle_count++] = option.connections - 1 - i;

        if (!option.close) {
            open_connection(&connections[i]);
        }
    }

    do {
        wait_events(1000000);

        for (i = 0, connecting = 0; i < option.connections; i++) {
            connecting += connections[i].connecting;
        }
    } while (connecting);
}


static void
run(void)
{
    int64_t  wait;

    start = now_ns();

    while (done < option.requests) {
        send_due();

        wait = 100000000;

        if (option.rate > 0 && idle_count > 0
            && next_request < option.requests)
        {
            wait = due_of(next_request) - now_ns();
            wait = wait < 0 ? 0 : wait;
        }

        wait_events(wait);

        if (now_ns() - start > GIVE_UP_NS) {
            errno = ETIMEDOUT;
            fail("the server does not answer");
        }
    }
}


static int
compare(const void *a, const void *b)
{
    uint32_t  x, y;

    x = *(const uint32_t *) a;
    y = *(const uint32_t *) b;

    return x < y ? -1 : x > y;
}


static void
report(double seconds)
{
    qsort(latencies, done, sizeof(uint32_t), compare);

    printf("requests=%zu bad=%zu seconds=%.3f size=%zu p50=%u p99=%u max=%u\n",
           done, bad, seconds, size, latencies[done / 2],
           latencies[done * 99 / 100], latencies[done - 1]);
}


int
main(int argc, char **argv)
{
    int  c;

    while ((c = getopt(argc, argv, "c:n:r:f:s:p:kw")) != -1) {
        switch (c) {
        case 'c': option.connections = strtoull(optarg, NULL, 10); break;
        case 'n': option.requests = strtoull(optarg, NULL, 10);    break;
        case 'r': option.rate = strtod(optarg, NULL);              break;
        case 'f': option.first = strtoull(optarg, NULL, 10);       break;
        case 's': option.secret = optarg;                          break;
        case 'p': option.port = (uint16_t) strtoul(optarg, NULL, 10); break;
        case 'k': option.close = true;                             break;
        case 'w': option.write = true;                             break;
        default:  return EXIT_FAILURE;
        }
    }

    if (optind != argc - 1 || option.connections == 0
        || option.requests == 0)
    {
        fprintf(stderr, "usage: see the top of load.c\n");
        return EXIT_FAILURE;
    }

    make_prototype(argv[optind]);
    make_requests();

    if (option.write) {
        return fwrite(requests, size, option.requests, stdout)
               == option.requests ? EXIT_SUCCESS : EXIT_FAILURE;
    }

    latencies = memory(option.requests, sizeof(uint32_t));

    connect_all();
    run();
    report((double) (now_ns() - start) / 1e9);

    return EXIT_SUCCESS;
}
