
/*
 * platform.c: the ledger test's client: platforms that deliver callbacks and
 * retry each unchanged until it gets a 2xx.  Only then its events are recorded.
 *
 *     platform -p port -s secret -S seed -o ledger -c slots [-r rate] [-a N]
 *
 * A slot plays groups of one to five conversations, one callback after the
 * other: first questions, second questions, the brand's answers; each only
 * after the previous one was acknowledged.  The content of a group is
 * determined by the seed and the group's number.  After SIGTERM there are no
 * new callbacks; those in flight are retried until they are acknowledged, for
 * at most a minute.
 *
 * -r limits the events per second.  The platform aborts one in N callbacks (-a,
 * default 200) without waiting for the answer, and retries it.
 *
 * The ledger has a line for each event, in the order of acknowledgement:
 *
 *     A <ms> <id> <thread> <uri> <channel> <q|r> <created ms> <attempts>
 *
 * U instead of A: sent, but never acknowledged.  The last line is
 *
 *     Z <name>=<number> ...
 *
 * The outcome of a conversation does not depend on the order in which its
 * events are stored: questions of a thread have the same time, answers a later
 * one; answers in the channel `messaging` are in time, with a target of 30
 * days, those in `social` late, with a target of one second.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define MAX_TALKS      5
#define STEPS          3
#define BODY_BYTES     32768
#define HEAD_BYTES     512
#define ANSWER_BYTES   4096
#define MAC_BYTES      32

/* Longer than whatever the server may need for its answer. */
#define ANSWER_MS      5000
#define CONNECT_MS     2000
#define GIVE_UP_MS     60000

/* On an average: 1.5 conversations of 1.85 events. */
#define GROUP_EVENTS   2.775

#define FIRST_PAUSE    50
#define LAST_PAUSE     1000


typedef enum { AT_REST, CONNECTING, SENDING, WAITING } state_t;

typedef struct {
    bool           second;         /* a second question */
    bool           answered;
    bool           messaging;
    int64_t        asked;          /* ms */
    int64_t        replied;
    size_t         padding;
} talk_t;

typedef struct {
    int            fd;
    state_t        state;
    bool           busy;           /* a callback is under way */
    uint64_t       group;
    unsigned       step;
    unsigned       count;
    talk_t         talks[MAX_TALKS];
    unsigned       attempts;
    bool           leave;          /* gives up on this attempt */
    int64_t        due;            /* next attempt, or the time-out */
    size_t         len, sent, got;
    char           request[HEAD_BYTES + BODY_BYTES];
    char           answer[ANSWER_BYTES];
} slot_t;

static struct {
    size_t         slots;
    double         rate;
    uint64_t       seed;
    unsigned       abandon;
    const char    *secret;
    uint16_t       port;
    const char    *ledger;
} option = { .slots = 64, .seed = 1, .abandon = 200, .secret = "secret" };

static struct {
    uint64_t       callbacks, acknowledged, events, unavailable, other,
                   broken, late, refused, left;
} counted;

static slot_t                *slots;
static FILE                  *ledger;
static int                    poll_fd;
static uint64_t               next_group = 1;
static int64_t                started, flushed;
static volatile sig_atomic_t  stopping;


static void
fail(const char *what)
{
    fprintf(stderr, "platform: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}


static int64_t
now_ms(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


/* splitmix64: a state is all there is. */

static uint64_t
any(uint64_t *state)
{
    uint64_t  x;

    *state += UINT64_C(0x9e3779b97f4a7c15);
    x = *state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);

    return x ^ (x >> 31);
}


static bool
chance(uint64_t *state, unsigned percent)
{
    return any(state) % 100 < percent;
}


/* Small numbers are as likely as large ones. */

static int64_t
any_size(uint64_t *state, unsigned bits)
{
    return (int64_t) (any(state)
                      & ((UINT64_C(1) << (1 + any(state) % bits)) - 1));
}


/* Groups. */

static void
make_talk(talk_t *talk, uint64_t *state, int64_t now)
{
    int64_t  age;

    talk->second = chance(state, 25);
    talk->answered = chance(state, 60);
    talk->messaging = chance(state, 50);

    /* Up to 1.5 days old; late answers come after two seconds at least. */
    age = 5000 + any_size(state, 27);
    talk->asked = now - age;
    talk->replied = talk->asked + 2000
                    + (int64_t) (any(state) % (uint64_t) (age - 4000));
    talk->padding = (size_t) any_size(state, 11);
}


static void
begin_group(slot_t *slot)
{
    size_t    i;
    uint64_t  state;

    slot->group = next_group++;
    slot->step = 0;
    state = option.seed * UINT64_C(1000003) + slot->group;
    slot->count = chance(&state, 80) ? 1
                  : 2 + (unsigned) (any(&state) % (MAX_TALKS - 1));

    for (i = 0; i < slot->count; i++) {
        make_talk(&slot->talks[i], &state, now_ms());
    }
}


/* Groups of even numbers go to one receiver, odd ones to the other. */

static const char *
uri_of(const slot_t *slot)
{
    return slot->group % 2 ? "/b" : "/a";
}


static bool
takes_part(const talk_t *talk, unsigned step)
{
    return step == 0 || (step == 1 && talk->second)
           || (step == 2 && talk->answered);
}


static void
write_id(char *id, size_t size, const slot_t *slot, size_t talk)
{
    static const char *const  names[STEPS] = { "q", "p", "r" };

    (void) snprintf(id, size, "g%" PRIu64 "c%zu%s", slot->group, talk,
                    names[slot->step]);
}


static size_t
write_event(char *to, size_t room, const slot_t *slot, size_t number)
{
    int            n;
    char           id[64], padding[4096];
    const talk_t  *talk;

    talk = &slot->talks[number];
    write_id(id, sizeof(id), slot, number);
    memset(padding, 'a' + (int) (slot->group % 26), talk->padding);
    padding[talk->padding] = '\0';

    n = snprintf(to, room, "{\"id\":\"%s\",\"thread\":\"g%" PRIu64 "c%zu\","
                 "\"dir\":\"%s\",\"at\":%" PRId64 ",\"channel\":\"%s\","
                 "\"author\":\"u%" PRIu64 "\",\"text\":\"%s %s\"}", id,
                 slot->group, number, slot->step == 2 ? "out" : "in",
                 slot->step == 2 ? talk->replied : talk->asked,
                 talk->messaging ? "messaging" : "social", slot->group, id,
                 padding);

    if (n < 0 || (size_t) n >= room) {
        errno = ENOBUFS;
        fail("event");
    }

    return (size_t) n;
}


/* False: nobody in the group has anything to say at this step. */

static bool
write_request(slot_t *slot)
{
    int            head;
    char           hex[2 * MAC_BYTES + 1];
    static char    body[BODY_BYTES];
    size_t         i, len;
    unsigned       mac_len;
    unsigned char  mac[EVP_MAX_MD_SIZE];

    static const char  head_of_body[] = "{\"events\":[";

    len = strlen(head_of_body);
    memcpy(body, head_of_body, len);

    for (i = 0; i < slot->count; i++) {
        if (takes_part(&slot->talks[i], slot->step)) {
            if (body[len - 1] == '}') {
                body[len++] = ',';
            }

            len += write_event(body + len, sizeof(body) - len - 3, slot, i);
        }
    }

    if (body[len - 1] == '[') {
        return false;
    }

    body[len++] = ']';
    body[len++] = '}';

    HMAC(EVP_sha256(), option.secret, (int) strlen(option.secret),
         (unsigned char *) body, len, mac, &mac_len);

    for (i = 0; i < MAC_BYTES; i++) {
        (void) snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    }

    head = snprintf(slot->request, HEAD_BYTES, "POST %s HTTP/1.1\r\n"
                    "Host: hooks.example.com\r\n"
                    "Content-Type: application/json\r\n"
                    "X-Hub-Signature-256: sha256=%s\r\n"
                    "Content-Length: %zu\r\n\r\n", uri_of(slot), hex, len);
    memcpy(slot->request + head, body, len);
    slot->len = (size_t) head + len;

    return true;
}


static void
write_down(const slot_t *slot, char how)
{
    char           id[64];
    size_t         i;
    int64_t        now;
    const talk_t  *talk;

    now = now_ms();

    for (i = 0; i < slot->count; i++) {
        talk = &slot->talks[i];

        if (!takes_part(talk, slot->step)) {
            continue;
        }

        write_id(id, sizeof(id), slot, i);
        fprintf(ledger, "%c %" PRId64 " %s g%" PRIu64 "c%zu %s %s %c %" PRId64
                " %u\n", how, now, id, slot->group, i, uri_of(slot),
                talk->messaging ? "messaging" : "social",
                slot->step == 2 ? 'r' : 'q',
                slot->step == 2 ? talk->replied : talk->asked, slot->attempts);
        counted.events += how == 'A';
    }
}


/* Connections. */

static void
watch(slot_t *slot, uint32_t what, int how)
{
    struct epoll_event  event;

    memset(&event, 0, sizeof(event));
    event.events = what;
    event.data.ptr = slot;

    if (epoll_ctl(poll_fd, how, slot->fd, &event) == -1) {
        fail("epoll_ctl");
    }
}


static void
hang_up(slot_t *slot)
{
    if (slot->fd != -1) {
        close(slot->fd);
        slot->fd = -1;
    }
}


static void
try_later(slot_t *slot)
{
    int64_t  pause;

    pause = slot->attempts > 5 ? LAST_PAUSE
                               : FIRST_PAUSE << (slot->attempts - 1);
    pause = pause > LAST_PAUSE ? LAST_PAUSE : pause;
    pause -= (int64_t) (slot->group * 7919 % (uint64_t) (pause / 2 + 1));

    slot->state = AT_REST;
    slot->due = now_ms() + pause;
}


static void
open_connection(slot_t *slot)
{
    int                 on;
    struct sockaddr_in  address;

    on = 1;
    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons(option.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    slot->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (slot->fd == -1) {
        fail("socket");
    }

    (void) setsockopt(slot->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    if (connect(slot->fd, (struct sockaddr *) &address, sizeof(address)) == -1
        && errno != EINPROGRESS)
    {
        counted.refused++;
        hang_up(slot);
        try_later(slot);
        return;
    }

    slot->state = CONNECTING;
    slot->due = now_ms() + CONNECT_MS;
    watch(slot, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
}


static void
send_more(slot_t *slot)
{
    ssize_t  n;

    while (slot->sent < slot->len) {
        n = send(slot->fd, slot->request + slot->sent, slot->len - slot->sent,
                 MSG_NOSIGNAL);

        if (n == -1 && errno == EAGAIN) {
            watch(slot, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return;
        }

        if (n == -1) {
            counted.broken++;
            hang_up(slot);
            try_later(slot);
            return;
        }

        slot->sent += (size_t) n;
    }

    slot->state = WAITING;

    if (slot->leave) {
        counted.left++;
        hang_up(slot);
        try_later(slot);
    }
}


static void
attempt(slot_t *slot)
{
    slot->attempts++;
    slot->leave = option.abandon && slot->attempts == 1
                  && slot->group * 31 % option.abandon == slot->step;
    slot->sent = 0;
    slot->got = 0;
    counted.callbacks++;

    if (slot->fd == -1) {
        open_connection(slot);
        return;
    }

    slot->state = SENDING;
    slot->due = now_ms() + ANSWER_MS;
    send_more(slot);
}


/* The next callback of the group, or of a new one. */

static void
go_on(slot_t *slot)
{
    slot->busy = false;
    slot->state = AT_REST;

    if (stopping) {
        return;
    }

    while (slot->group == 0 || slot->step == STEPS || !write_request(slot)) {
        if (slot->group == 0 || slot->step == STEPS) {
            begin_group(slot);

        } else {
            slot->step++;
        }
    }

    slot->busy = true;
    slot->attempts = 0;
    slot->due = now_ms();

    if (option.rate > 0) {
        slot->due = started + (int64_t) ((double) slot->group * GROUP_EVENTS
                                         * 1000 / option.rate);
        if (slot->due > now_ms()) {
            return;
        }
    }

    attempt(slot);
}


static void
judge(slot_t *slot)
{
    bool  closing;

    closing = strcasestr(slot->answer, "\r\nConnection: close") != NULL;

    if (closing) {
        hang_up(slot);
    }

    if (memcmp(slot->answer + 9, "2", 1) == 0) {
        counted.acknowledged++;
        write_down(slot, 'A');
        slot->step++;
        go_on(slot);
        return;
    }

    if (memcmp(slot->answer + 9, "503", 3) == 0) {
        counted.unavailable++;

    } else {
        counted.other++;
        fprintf(stderr, "platform: %.40s\n", slot->answer);
    }

    try_later(slot);
}


static bool
answer_is_complete(slot_t *slot)
{
    char    *end, *length;
    size_t   head;

    slot->answer[slot->got] = '\0';
    end = strstr(slot->answer, "\r\n\r\n");

    if (end == NULL) {
        return false;
    }

    if (memcmp(slot->answer + 9, "204", 3) == 0) {
        return true;
    }

    if (strcasestr(slot->answer, "\r\nTransfer-Encoding: chunked") != NULL) {
        return strstr(end, "\r\n0\r\n\r\n") != NULL;
    }

    head = (size_t) (end + 4 - slot->answer);
    length = strcasestr(slot->answer, "\r\nContent-Length:");

    return length != NULL
           && slot->got >= head + strtoull(length + 17, NULL, 10);
}


static void
receive(slot_t *slot)
{
    ssize_t  n;

    n = recv(slot->fd, slot->answer + slot->got, ANSWER_BYTES - 1 - slot->got,
             0);

    if (n == -1 && errno == EAGAIN) {
        return;
    }

    if (n <= 0) {
        hang_up(slot);

        if (slot->state != AT_REST) {
            counted.broken++;
            try_later(slot);
        }

        return;
    }

    slot->got += (size_t) n;

    if (slot->state == WAITING && slot->got > 12 && answer_is_complete(slot)) {
        judge(slot);
    }
}


static void
handle(slot_t *slot, uint32_t what)
{
    int        error;
    socklen_t  size;

    if (slot->fd == -1) {
        return;                       /* ended by an earlier event */
    }

    if (slot->state == CONNECTING) {
        size = sizeof(error);

        if (getsockopt(slot->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1
            || error != 0)
        {
            counted.refused++;
            hang_up(slot);
            try_later(slot);
            return;
        }

        slot->state = SENDING;
        slot->due = now_ms() + ANSWER_MS;
    }

    if (what & EPOLLOUT) {
        watch(slot, EPOLLIN, EPOLL_CTL_MOD);

        if (slot->state == SENDING) {
            send_more(slot);
        }
    }

    if (slot->fd != -1 && what & (EPOLLIN | EPOLLERR | EPOLLHUP)) {
        receive(slot);
    }
}


static void
look_at_clock(slot_t *slot, int64_t now)
{
    if (!slot->busy || slot->due > now) {
        return;
    }

    if (slot->state == AT_REST) {
        attempt(slot);
        return;
    }

    counted.late++;
    hang_up(slot);
    try_later(slot);
}


static size_t
turn(void)
{
    int                 i, n;
    size_t              s, busy;
    int64_t             now;
    struct epoll_event  got[256];

    n = epoll_wait(poll_fd, got, 256, 5);

    for (i = 0; i < n; i++) {
        handle(got[i].data.ptr, got[i].events);
    }

    now = now_ms();
    busy = 0;

    for (s = 0; s < option.slots; s++) {
        look_at_clock(&slots[s], now);
        busy += slots[s].busy;
    }

    if (now - flushed >= 100) {
        fflush(ledger);
        flushed = now;
    }

    return busy;
}


static void
run(void)
{
    size_t   i;
    int64_t  stopped;

    started = now_ms();
    stopped = 0;

    for (i = 0; i < option.slots; i++) {
        slots[i].fd = -1;
        go_on(&slots[i]);
    }

    while (turn() > 0) {
        if (stopping && stopped == 0) {
            stopped = now_ms();

            /* What was never sent need not be. */
            for (i = 0; i < option.slots; i++) {
                slots[i].busy = slots[i].busy && slots[i].attempts > 0;
            }
        }

        if (stopped && now_ms() - stopped > GIVE_UP_MS) {
            break;
        }
    }

    for (i = 0; i < option.slots; i++) {
        if (slots[i].busy) {
            write_down(&slots[i], 'U');
        }
    }
}


static void
stop(int signal_number)
{
    (void) signal_number;

    stopping = 1;
}


int
main(int argc, char **argv)
{
    int               c;
    struct sigaction  action;

    while ((c = getopt(argc, argv, "p:s:S:o:c:r:a:")) != -1) {
        switch (c) {
        case 'p': option.port = (uint16_t) strtoul(optarg, NULL, 10); break;
        case 's': option.secret = optarg;                          break;
        case 'S': option.seed = strtoull(optarg, NULL, 10);        break;
        case 'o': option.ledger = optarg;                          break;
        case 'c': option.slots = strtoull(optarg, NULL, 10);       break;
        case 'r': option.rate = strtod(optarg, NULL);              break;
        case 'a': option.abandon = (unsigned) strtoul(optarg, NULL, 10); break;
        default:  return EXIT_FAILURE;
        }
    }

    if (option.port == 0 || option.ledger == NULL || option.slots == 0) {
        fprintf(stderr, "usage: see the top of platform.c\n");
        return EXIT_FAILURE;
    }

    memset(&action, 0, sizeof(action));
    action.sa_handler = stop;
    (void) sigaction(SIGTERM, &action, NULL);

    ledger = fopen(option.ledger, "w");
    slots = calloc(option.slots, sizeof(slot_t));
    poll_fd = epoll_create1(EPOLL_CLOEXEC);

    if (ledger == NULL || slots == NULL || poll_fd == -1) {
        fail("start");
    }

    run();

    fprintf(ledger, "Z callbacks=%" PRIu64 " acknowledged=%" PRIu64
            " events=%" PRIu64 " unavailable=%" PRIu64 " other=%" PRIu64
            " broken=%" PRIu64 " late=%" PRIu64 " refused=%" PRIu64
            " left=%" PRIu64 "\n", counted.callbacks, counted.acknowledged,
            counted.events, counted.unavailable, counted.other, counted.broken,
            counted.late, counted.refused, counted.left);

    if (fclose(ledger) != 0) {
        fail(option.ledger);
    }

    return EXIT_SUCCESS;
}
