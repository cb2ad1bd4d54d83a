"""Random histories: stories of threads, and how their items arrive.

A story is what a customer and a brand do, at times on and around the bounds of
the rules.  Its items arrive late, out of order and more than once, through
several machines whose clocks differ.  Everything is determined by the seed.
"""

import random

from clock import DAY, HOUR

SECOND = 1000
MINUTE = 60 * SECOND

QUEUES = ('mentions', 'vip', 'two words')
CHANNELS = ('social', 'sms')
REASONS = ('spam', 'not_actionable', 'duplicate_of', 'other_channel',
           'no_reply_needed')
TARGETS = (15 * MINUTE, 15 * MINUTE, 15 * MINUTE, MINUTE, 4 * HOUR, 2 * DAY, 0,
           None)


class Item:
    """One item of a call; the members are those of the packed head."""

    serial = 0

    def __init__(self, story, clock, event, rng):
        Item.serial += 1
        self.clock = clock
        self.event = event
        self.thread = story.thread
        self.booked = story.queue
        self.channel = story.channel
        self.reach = story.reach
        self.object = ''
        self.due = None
        self.reason = 'spam'
        self.digest = Item.serial * 4_611_686_018_427 - 2 ** 62
        self.own = event
        self.push = 'stream'
        self.limit = 0
        self.record = '{"n":%d}' % Item.serial

        if clock in ('answer', 'auto', 'close'):
            self.push = 'none'
            if clock != 'close' and rng.random() < 0.2:
                self.push = 'stream'
        elif rng.random() < 0.2:
            self.push = rng.choice(('list', 'none', 'dead'))

        self.queue = {'list': self.booked + ' list'}.get(self.push, self.booked)
        if clock in ('answer', 'auto') or clock == 'none' \
                and self.push == 'stream' and rng.random() < 0.3:
            self.queue = self.booked + ':out'
        if self.push == 'dead':
            self.queue = self.booked
        elif self.push == 'stream' and rng.random() < 0.03:
            self.queue, self.limit = rng.choice((('taken', 0), ('narrow', 3)))
        if rng.random() < 0.1:
            self.own = rng.choice((0, max(1, event - rng.randrange(6 * DAY))))


class Story:
    """What happens in one thread."""

    def __init__(self, number, begin, rng):
        self.rng = rng
        self.thread = '' if rng.random() < 0.01 \
            else rng.choice(('x:%d', 'thread %d', 'gespräch-%d')) % number
        self.queue = rng.choice(QUEUES)
        self.channel = rng.choice(CHANNELS)
        self.reach = rng.randrange(7)
        self.time = begin
        self.last = begin
        self.objects = []
        self.question = None

    def gap(self):
        rng = self.rng
        return rng.choice((
            lambda: 0, lambda: rng.randrange(3 * SECOND),
            lambda: rng.randrange(MINUTE), lambda: rng.randrange(10 * MINUTE),
            lambda: rng.randrange(10 * MINUTE), lambda: rng.randrange(3 * HOUR),
            lambda: rng.randrange(DAY), lambda: DAY + rng.randrange(-2, 3),
            lambda: rng.randrange(3 * DAY)))()

    def event(self, clock):
        """A time on a bound now and then."""
        rng, question = self.rng, self.question

        self.time += self.gap()
        if question and clock in ('answer', 'auto', 'close', 'withdrawal') \
                and rng.random() < 0.35:
            bounds = [question.event - 1000, question.event - 999,
                      question.event - 5000, question.event,
                      question.event + 1000, question.event + 1001,
                      question.event + 900 * SECOND]
            if question.due is not None:
                bounds += 2 * [question.due, question.due + 1]
            self.time = rng.choice(bounds)
        elif clock == 'question' and rng.random() < 0.15:
            self.time = self.last + DAY + rng.choice((-1, 0, 1))
        if rng.random() < 0.2:
            self.time -= self.time % 1000
        # Who reaches nobody is never answered soon.
        if question and clock == 'answer' and self.reach == 0:
            self.time = max(self.time, question.event + 16 * MINUTE)
        return self.time

    def items(self):
        rng = self.rng

        for step in range(rng.choice((1, 2, 2, 3, 4, 6, 9, 40))):
            clock = 'question' if step == 0 and rng.random() < 0.8 \
                else rng.choice(('question',) * 5 + ('answer',) * 5
                                + ('auto', 'withdrawal', 'withdrawal', 'close',
                                   'none'))
            item = Item(self, clock, self.event(clock), rng)

            if rng.random() < 0.1:
                item.booked = rng.choice(QUEUES)
                if item.push == 'stream' and item.queue == self.queue:
                    item.queue = item.booked
            if rng.random() < 0.1:
                item.channel = rng.choice(CHANNELS)

            if clock == 'question':
                self.question = item
                target = rng.choice(TARGETS)
                item.due = None if target is None else item.event + target
                if rng.random() < 0.9:
                    item.object = '%08x' % rng.choice(
                        (rng.getrandbits(32) or 1, rng.randrange(1, 4)))
                    self.objects.append(item.object)
            elif clock == 'withdrawal' and rng.random() < 0.9:
                item.object = rng.choice(self.objects) \
                    if self.objects and rng.random() < 0.85 else 'ffffffff'
            elif clock == 'close':
                item.reason = rng.choice(REASONS)

            if clock in ('question', 'answer', 'auto'):
                self.last = max(self.last, item.event)
            yield item


def delay(rng):
    """How long an item is under way."""
    chance = rng.random()

    if chance < 0.7:
        return rng.randrange(3 * SECOND)
    if chance < 0.9:
        return rng.randrange(4 * MINUTE)
    if chance < 0.98:
        return rng.randrange(2 * HOUR)
    return rng.randrange(2 * DAY)


def history(seed, wanted, begin):
    """Calls (machine's time, items) and sweeps (time, None), by true time."""
    rng = random.Random(seed)
    skews = [0] + [rng.randrange(-4000, 4000) for _ in range(3)]
    span = max(wanted // 1500, 2) * DAY
    arrivals = []
    number = 0
    Item.serial = 0

    while len(arrivals) < wanted:
        number += 1
        for item in Story(number, begin + rng.randrange(span), rng).items():
            at = item.event + delay(rng)
            arrivals.append((at, item))
            while rng.random() < 0.1:
                arrivals.append((at + rng.randrange(DAY), item))

    arrivals.sort(key=lambda arrival: (arrival[0], arrival[1].digest))
    swept = begin

    while arrivals:
        size = rng.choice((1, 1, 1, 2, 5, 20, 64))
        # Nobody keeps an item until another one comes days later, when what
        # it repeats may be forgotten: at the end of a history few are left.
        while size > 1 and (len(arrivals) < size or
                            arrivals[size - 1][0] > arrivals[0][0] + DAY):
            size -= 1
        some, arrivals = arrivals[:size], arrivals[size:]
        at = some[-1][0]

        # Sweeps are as late as the machine that makes them.
        if rng.random() < 0.25 or at - swept > 6 * HOUR:
            swept = rng.randrange(min(swept, at), at + 1)
            yield swept + rng.choice(skews), None
        yield at + rng.choice(skews), [item for _, item in some]
