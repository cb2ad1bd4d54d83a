"""The rules of the clock, implemented a second time.

A brand partition as it should be after a history of items and sweeps.  This
follows the definitions of waits, conversations and statistics, shares no code
with queue/scripts and is as simple as possible: dictionaries, no indexes, all
lookups by linear search.  No Redis, no random numbers, no clock: the time is an
argument.
"""

import bisect
import collections

FIVE_MINUTES = 300_000
HOUR = 3_600_000
DAY = 24 * HOUR
HELD = 120_000                 # how long an answer waits for its question
SLACK = 1000                   # platforms cut times to the second
ENDLESS = 100_000_000_000_000  # puts what has no deadline behind what has one
REMEMBERED_QUESTIONS = 32


def bounds_of_waits():
    """Upper bounds, ms, of all buckets but the last, which has none."""
    bounds = [1000]
    low = 1
    for high, parts in ((300, 146), (900, 29), (1800, 18), (3600, 18),
                        (14400, 36), (86400, 46), (259200, 29), (604800, 22)):
        for part in range(1, parts):
            bounds.append(int(1000 * low * (high / low) ** (part / parts)))
        bounds.append(1000 * high)
        low = high
    return bounds


BOUNDS = bounds_of_waits()


def bucket(length):
    return bisect.bisect_left(BOUNDS, length)


class Wait:
    def __init__(self, item, kind):
        self.thread = item.thread
        self.start = item.event
        self.due = item.due
        self.reach = item.reach
        self.queue = item.booked
        self.channel = item.channel
        self.kind = kind
        self.last = item.event
        self.breached = False
        self.automatic = False
        self.questions = []
        self.untold = False
        self.latest = None     # the wait that the latest question would begin
        self.end = None        # and how: reply, close or expiry
        self.how = None

    @property
    def series(self):
        return self.queue, self.channel

    def remember(self, item):
        if item.object in self.questions:
            return
        if item.object and len(self.questions) < REMEMBERED_QUESTIONS:
            self.questions.append(item.object)
        else:
            self.untold = True

    def order(self):
        """By deadline; a booked one before others, then by name."""
        due = self.start + ENDLESS if self.due is None else self.due
        return due, not self.breached, self.thread.encode()

    def text(self):
        """As it stands in T:open."""
        return '%d %d %d %s%d%d %d %s%s %s %s%s' % (
            self.start, -1 if self.due is None else self.due, self.breached,
            self.kind, self.reach, self.automatic, self.last,
            ''.join(self.questions), '+' if self.untold else '', self.channel,
            self.queue, '\n' + self.latest.text() if self.latest else '')


class Held:
    def __init__(self, time, arrival, used):
        self.time = time
        self.arrival = arrival
        self.used = used


class Clock:
    def __init__(self, max_age):
        self.max_age = max_age
        self.waits = {}        # thread -> Wait
        self.talks = {}        # thread -> time of the last item, nobody waits
        self.held = {}         # two minutes -> thread -> Held
        self.seen = set()
        self.queues = {}       # "q:name" or "dead:name" -> records
        self.closed_queues = set()      # a push to these fails
        self.counts = collections.defaultdict(collections.Counter)
        self.begun = []        # every wait that ever was
        self.automatic = []    # series, time and length of automatic answers
        self.overtakes = []    # series, time and depth

    # Statistics: (queue, channel, five minutes) -> counter of names.

    def book(self, series, time, name, n=1):
        self.counts[series + (time // FIVE_MINUTES,)][name] += n

    def book_target(self, wait, time, answered):
        if wait.due is None or wait.breached:
            return
        if time > wait.due:
            self.book(wait.series, wait.due, 'miss')
        elif answered:
            self.book(wait.series, wait.due, 'met')

    def book_start(self, wait):
        self.book(wait.series, wait.start, 'o%s%d' % (wait.kind, wait.reach))
        self.begun.append(wait)

    def book_reply(self, wait, time):
        wait.end, wait.how = time, 'reply'
        took = time - wait.start
        name = 'f' if wait.kind == 'F' else 'n'
        self.book(wait.series, time, '%s.%d' % (name, bucket(took)))
        self.book(wait.series, time, name + 'ms', took)
        self.book(wait.series, wait.start,
                  'w%d.%d' % (wait.reach, bucket(took)))
        self.book_target(wait, time, True)

        others = [other for other in self.waits.values()
                  if other.series == wait.series]
        if others:
            first = min(others, key=Wait.order)
            longer = (time - first.start) - took
            if longer > 0:
                self.book(wait.series, time, 'ov', longer)
                self.overtakes.append((wait.series, time, longer))

    def book_close(self, wait, now, time, reason):
        wait.end, wait.how = time, 'close'
        self.book(wait.series, now, 'c:' + reason)
        self.book(wait.series, wait.start,
                  'x%d.%d' % (wait.reach, bucket(time - wait.start)))
        self.book_target(wait, time, False)

    # Conversations.

    def kind(self, thread, time):
        """Does a wait that begins now begin a conversation as well?"""
        if thread in self.waits:
            return 'N'
        last = self.talks.get(thread)
        return 'N' if last is not None and time - last < DAY else 'F'

    def go_on(self, thread, time):
        """An item while nobody waits."""
        last = self.talks.get(thread)
        if last is not None and last < time < last + DAY:
            self.talks[thread] = time

    @staticmethod
    def end(wait, time, now):
        return max(wait.start, min(time, now))

    def early_answer(self, thread, now):
        two = now // HELD
        for some in (self.held.get(two, {}), self.held.get(two - 1, {})):
            if thread in some:
                answer = some[thread]
                return answer if now - answer.arrival <= HELD else None
        return None

    def hold(self, thread, now, answer):
        other = self.early_answer(thread, now)
        if other and not answer.used and other.time > answer.time:
            return
        self.held.setdefault(now // HELD, {})[thread] = answer

    # What items do.

    def question(self, now, item):
        series = item.booked, item.channel
        answer = self.early_answer(item.thread, now)

        if answer and answer.used and item.event <= answer.time:
            self.book(series, now, 'more')
            return

        if answer and not answer.used and answer.time > item.event - SLACK:
            wait = Wait(item, self.kind(item.thread, item.event))
            self.book(series, now, 'early')
            self.book_start(wait)
            self.book_reply(wait, self.end(wait, answer.time, now))
            if item.thread not in self.waits:
                self.talks[item.thread] = max(
                    item.event, answer.time, self.talks.get(item.thread, 0))
            self.hold(item.thread, now, Held(answer.time, answer.arrival, True))
            return

        wait = self.waits.get(item.thread)

        if wait:
            self.book(series, now, 'more')
            wait.remember(item)
            wait.last = max(wait.last, item.event)
            if item.event > (wait.latest or wait).start:
                wait.latest = Wait(item, 'F')
                wait.latest.remember(item)
            return

        wait = Wait(item, self.kind(item.thread, item.event))
        wait.remember(item)
        self.talks.pop(item.thread, None)
        self.waits[item.thread] = wait
        self.book_start(wait)

    def answer(self, now, item):
        wait = self.waits.get(item.thread)
        used = False

        if not wait:
            self.go_on(item.thread, item.event)
        elif wait.start - item.event >= SLACK:
            self.book(wait.series, now, 'stale')
        else:
            used = True
            del self.waits[item.thread]
            time = self.end(wait, item.event, now)
            self.book_reply(wait, time)
            following = wait.latest
            if following and following.start - item.event >= SLACK:
                if following.start - item.event < DAY:
                    following.kind = 'N'
                self.waits[item.thread] = following
                self.book_start(following)
            else:
                self.talks[item.thread] = max(wait.last, item.event)
            if wait.breached and time <= wait.due:
                self.book(wait.series, now, 'amend')

        self.hold(item.thread, now, Held(item.event, now, used))

    def auto(self, now, item):
        self.book((item.booked, item.channel), now, 'auto')
        wait = self.waits.get(item.thread)

        if not wait:
            self.go_on(item.thread, item.event)
        elif wait.start - item.event < SLACK:
            wait.last = max(wait.last, item.event)
            if not wait.automatic:
                wait.automatic = True
                time = self.end(wait, item.event, now)
                self.book(wait.series, time,
                          'a.%d' % bucket(time - wait.start))
                self.book(wait.series, time, 'ams', time - wait.start)
                self.automatic.append((wait.series, time, time - wait.start))

    def close(self, now, item):
        wait = self.waits.pop(item.thread, None)
        self.talks.pop(item.thread, None)

        if wait:
            self.book_close(wait, now, self.end(wait, item.event, now),
                            item.reason)
        else:
            self.book((item.booked, item.channel), now, 'ended')

    def withdrawal(self, now, item):
        wait = self.waits.get(item.thread)

        if not wait or item.object not in wait.questions:
            return
        wait.questions.remove(item.object)
        if wait.latest and wait.latest.questions == [item.object]:
            wait.latest = None
        if wait.questions or wait.untold:
            return

        del self.waits[item.thread]
        self.talks[item.thread] = wait.last
        self.book_close(wait, now, self.end(wait, item.event, now),
                        'deleted_by_author')

    def take(self, now, item):
        """The code of one item of a call, and what it changes."""
        series = item.booked, item.channel
        place = {'stream': 'q:', 'list': 'q:', 'dead': 'dead:'}.get(item.push)
        content = None

        if item.digest in self.seen:
            self.book(series, now, 'dup')
            return '1'

        if place:
            if item.queue in self.closed_queues and place == 'q:':
                return '3'
            content = self.queues.setdefault(place + item.queue, [])
            if item.limit and len(content) >= item.limit:
                return '2'
            content.append(item.record)

        self.seen.add(item.digest)

        if item.push == 'dead':
            self.book(series, now, 'dead')
        elif item.clock in ('answer', 'auto'):
            self.book(series, now, 'out')
        elif item.clock == 'none' and (not place
                                       or item.queue == item.booked + ':out'):
            self.book(series, now, 'out')
        elif item.clock != 'close':
            self.book(series, now, 'in')

        if item.thread and item.clock != 'none':
            getattr(self, item.clock)(now, item)
        return '0'

    def sweep(self, now):
        """Misses, given up, and the next deadline."""
        missed = expired = 0

        for wait in list(self.waits.values()):
            if wait.due is not None and wait.due <= now and not wait.breached:
                wait.breached = True
                self.book(wait.series, wait.due, 'miss')
                missed += 1

            since = wait.start if wait.due is None else wait.due
            if (wait.due is None or wait.breached) \
                    and now - since > self.max_age:
                del self.waits[wait.thread]
                wait.end, wait.how = now, 'expiry'
                self.book(wait.series, now, 'expired')
                expired += 1

        for thread, last in list(self.talks.items()):
            if last + DAY + HOUR <= now:
                del self.talks[thread]

        ahead = [wait.due for wait in self.waits.values()
                 if wait.due is not None and not wait.breached]
        return missed, expired, min(ahead, default=-1)
