"""The status' JSON against what happened.

Numbers are taken from the waits themselves, not from counters, over the spans
that the document states.  Counts, sums and shares are exact; percentiles and
medians within 2 %, as published.
"""

import bisect
import fractions
import math

from clock import BOUNDS, FIVE_MINUTES, HOUR, bucket
from compare import Difference

WITHINS = (300, 900, 1800, 3600, 14400, 86400)
RATES = (3600, 86400, 259200)
TIERS = ('0-99', '100-999', '1k-9999', '10k-99999', '100k+', 'none', 'unknown')
AUDIENCES = TIERS[:5]
CHANNELS = ('social', 'messaging', 'sms', 'voice', 'email', 'review',
            'helpdesk', 'other')
# Of five minutes or hours: their length, how many before the present one, how
# many of a cohort "within T", and how many before in which waits began.
WINDOWS = {'5m': (FIVE_MINUTES, 1, 1, 0), '1h': (FIVE_MINUTES, 12, 1, 0),
           '24h': (HOUR, 24, 24, 24), '7d': (HOUR, 168, 168, 168)}
REASONS = ('not_actionable', 'spam', 'deleted_by_author', 'duplicate_of',
           'other_channel', 'no_reply_needed')


def same(what, found, expected):
    if found != expected:
        raise Difference('%s is %r, not %r' % (what, found, expected))


def about(what, found, expected, part=0.02, more=0.0011):
    if (found is None) != (expected is None):
        raise Difference('%s is %r, not %r' % (what, found, expected))
    if found is not None \
            and abs(found - expected) > abs(expected) * part + more:
        raise Difference('%s is %r, not about %r' % (what, found, expected))


def share(part, whole):
    return part / whole if whole else None


def quantile(lengths, q):
    """By the nearest rank; what takes a second or less is half a second."""
    if not lengths:
        return None
    length = min(sorted(lengths)[math.ceil(q * len(lengths)) - 1], BOUNDS[-1])
    return 0.5 if length <= 1000 else length / 1000


def middle(which):
    """What stands for a bucket, ms: within 2 % of all that is in it."""
    if which == 0:
        return 500
    return math.sqrt(BOUNDS[which - 1] * BOUNDS[which])


def survival_median(spells):
    """Kaplan-Meier median, ms, by the product-limit definition.

    spells: (bucket, answered).  Who is censored in the bucket of an answer was
    still waiting at it.  None: fewer than half are known to be answered.
    """
    alive = fractions.Fraction(1)
    for length in sorted({length for length, answered in spells if answered}):
        at_risk = sum(1 for other, _ in spells if other >= length)
        alive *= 1 - fractions.Fraction(spells.count((length, True)), at_risk)
        if alive <= fractions.Fraction(1, 2):
            return middle(length)
    return None


def cohort(waits, horizon):
    """due, replied and withdrawn of waits that are old enough."""
    limit = horizon * 1000
    withdrawn = sum(1 for wait in waits if wait.how == 'close'
                    and wait.end - wait.start <= limit)
    replied = sum(1 for wait in waits if wait.how == 'reply'
                  and wait.end - wait.start <= limit)
    return len(waits) - withdrawn, replied, withdrawn


def parity(groups):
    """Of (name, due, replied): what is to be published, by the definition."""
    large = [group for group in groups if group[1] >= 30]
    enough = len(large) >= 2
    if not enough:
        large = [group for group in groups if group[1]]
    shares = [fractions.Fraction(group[2], group[1]) for group in large]
    if len(large) < 2 or not max(shares):
        return {'ratio': None, 'lowest': None, 'highest': None, 'z': None,
                'enough': False, 'flagged': False}

    low, high = large[shares.index(min(shares))], \
        large[shares.index(max(shares))]
    pooled = (low[2] + high[2]) / (low[1] + high[1])
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / low[1] + 1 / high[1]))
    z = (float(max(shares)) - float(min(shares))) / deviation \
        if deviation else 0
    ratio = min(shares) / max(shares)
    return {'ratio': float(ratio), 'lowest': low[0], 'highest': high[0],
            'z': z, 'enough': enough,
            'flagged': enough and ratio < fractions.Fraction(4, 5)
                       and z > 2.58}


def jain(groups):
    shares = [replied / due for _, due, replied in groups if due]
    squares = sum(share ** 2 for share in shares)
    return sum(shares) ** 2 / len(shares) / squares if squares else None


class Published:
    """exact: the moment of every call is known to the millisecond.
    packed: (queue, channel, hour) of waits whose five minutes are not told
    apart any more."""

    def __init__(self, model, document, exact=False, packed=()):
        self.model = model
        self.document = document
        self.exact = exact
        self.packed = packed
        self.seen = set()      # what a history had an example of
        # By series and for all together, in the order of time.
        self.started, self.answered, self.counts = {}, {}, {}
        for wait in sorted(model.begun, key=lambda wait: wait.start):
            for of in (None, wait.series):
                self.started.setdefault(of, []).append(wait)
        for wait in sorted((wait for wait in model.begun
                            if wait.how == 'reply'),
                           key=lambda wait: wait.end):
            for of in (None, wait.series):
                self.answered.setdefault(of, []).append(wait)
        for key in sorted(model.counts, key=lambda key: key[2]):
            for of in (None, key[:2]):
                self.counts.setdefault(of, []).append(
                    (key[2] * FIVE_MINUTES, model.counts[key]))

    @staticmethod
    def between(some, begin, end, time):
        return some[bisect.bisect_left(some, begin, key=time):
                    bisect.bisect_left(some, end, key=time)]

    def booked(self, series, begin, end, name):
        """Sum of a counter over the five minutes from begin up to end."""
        return sum(counter[name] for _, counter in self.between(
            self.counts.get(series, []), begin, end, lambda one: one[0]))

    def begun(self, series, begin, end, kind='FN'):
        return [wait for wait in self.between(
                    self.started.get(series, []), begin, end,
                    lambda wait: wait.start) if wait.kind in kind]

    def replied(self, series, begin, end, kind='FN'):
        return [wait.end - wait.start for wait in self.between(
                    self.answered.get(series, []), begin, end,
                    lambda wait: wait.end) if wait.kind in kind]

    def check_response(self, what, found, lengths):
        same(what + ' count', found['count'], len(lengths))
        about(what + ' sum', found['sum_s'], sum(lengths) / 1000, 0)
        about(what + ' mean', found['mean_s'],
              share(sum(lengths) / 1000, len(lengths)), 0, 0.002)
        for name, q in (('p50_s', .5), ('p75_s', .75), ('p90_s', .9),
                        ('p95_s', .95), ('p99_s', .99)):
            about('%s %s' % (what, name), found[name], quantile(lengths, q))
        for bound in WITHINS:
            same('%s within %d' % (what, bound), found['le_s'][str(bound)],
                 sum(1 for length in lengths if length <= bound * 1000))
        same(what + ' all', found['le_s']['+Inf'], len(lengths))

    @staticmethod
    def span(name, window, horizon, now):
        """When the waits of a cohort reached T, or began: from and up to."""
        size, before, whole, started = WINDOWS[window]
        length = horizon * 1000
        if name == 'within':
            slots = size == FIVE_MINUTES and length <= HOUR
            unit = FIVE_MINUTES if slots else HOUR
            end = (now - length) // unit * unit + length
            return end - (before if slots else whole) * unit, end
        return (now // HOUR - started) * HOUR, (now - length) // HOUR * HOUR

    def check_cohorts(self, what, series, found, window, horizons, name):
        for horizon in horizons:
            here = '%s %s %d' % (what, name, horizon)
            one = found[name][str(horizon)]
            # 4 and 24 h within are of another reading where a window is short.
            now = found['to_ms'] if self.exact or one is None \
                or name != 'within' or horizon <= 3600 else one['to_ms']
            begin, end = self.span(name, window, horizon, now)
            same(here + ' there', one is not None, begin < end)
            if one is None:
                continue
            same(here + ' span', (one['from_ms'], one['to_ms']), (begin, end))
            earlier = horizon * 1000 if name == 'within' else 0
            due, replied, withdrawn = cohort(
                self.begun(series, begin - earlier, end - earlier), horizon)
            same(here, (one['due'], one['replied'], one['withdrawn']),
                 (due, replied, withdrawn))
            about(here + ' share', one['share' if earlier else 'rate'],
                  share(replied, due), 0, 2e-6)
            if not earlier:
                about(here + ' ignored', one['ignored_rate'],
                      None if not due else 1 - replied / due, 0, 2e-6)

    def check_window(self, what, series, name, found):
        size, before = WINDOWS[name][:2]
        begin = found['from_ms']
        same(what + ' begin', begin,
             (found['to_ms'] // size - before) * size)
        end = (found['to_ms'] // size + 1) * size
        same(what + ' targets', found['targets_to_ms'], end)
        same(what + ' age', found['reading_age_ms'],
             self.document['now_ms'] - found['to_ms'])

        for counter, member in (
                ('in', 'in'), ('out', 'out'), ('dup', 'duplicates'),
                ('dead', 'dead'), ('more', 'more'), ('auto', 'auto'),
                ('ended', 'ended'), ('expired', 'expired'), ('stale', 'stale'),
                ('early', 'early'), ('amend', 'amended'), ('met', 'met'),
                ('miss', 'missed')):
            same('%s %s' % (what, member), found[member],
                 self.booked(series, begin, end, counter))
        same(what + ' closed', found['closed'], {
            reason: n for reason in REASONS
            for n in [self.booked(series, begin, end, 'c:' + reason)] if n})
        about(what + ' attainment', found['attainment'],
              share(found['met'], found['met'] + found['missed']), 0, 2e-6)

        for kind, which in (('F', 'first'), ('N', 'next')):
            lengths = self.replied(series, begin, end, kind)
            same('%s opened %s' % (what, which), found['opened_' + which],
                 len(self.begun(series, begin, end, kind)))
            same('%s replied %s' % (what, which), found['replied_' + which],
                 len(lengths))
            self.check_response('%s %s' % (what, which),
                                found[which + '_response'], lengths)
        same(what + ' within 15 minutes', found['replied_within_15min'],
             sum(1 for length in self.replied(series, begin, end)
                 if length <= 900_000))
        self.check_response(what + ' automatic', found['automatic'], [
            length for of, time, length in self.model.automatic
            if of == series and begin <= time < end])
        self.check_cohorts(what, series, found, name, WITHINS, 'within')
        self.check_cohorts(what, series, found, name, RATES, 'response_rate')

    def waiting(self, series, now):
        """open, due_soon, at_risk, breached, earliest, oldest start.

        A wait that begins in a moment, by the platform's clock, has lasted
        nothing yet: its age is 0, never less."""
        waits = [wait for wait in self.model.waits.values()
                 if wait.series == series]
        ahead = [wait for wait in waits
                 if wait.due is not None and wait.due > now]
        return (len(waits),
                sum(1 for wait in ahead if wait.due - now <= 60_000),
                sum(1 for wait in ahead
                    if (wait.due - now) * 5 < wait.due - wait.start),
                sum(1 for wait in waits
                    if wait.due is not None and wait.due <= now),
                min((wait.due for wait in waits if wait.due is not None
                     and not wait.breached), default=None),
                min((min(wait.start, self.document['now_ms'])
                     for wait in waits), default=None))

    def check_waiting(self, found, earliest_ms, latest_ms):
        """Read at some moment between two, one of which it must be true of."""
        series = found['queue'], found['channel']
        moments = {earliest_ms, latest_ms}
        for wait in self.model.waits.values():
            if wait.due is not None:
                moments |= {wait.due, wait.due - 60_000,
                            wait.due - (wait.due - wait.start - 1) // 5}
        may = {self.waiting(series, now) for now in moments
               if earliest_ms <= now <= latest_ms}
        age = found['oldest_wait_ms']
        is_now = (found['open'], found['due_soon'], found['at_risk'],
                  found['breached'], found['earliest_due_ms'],
                  None if age is None else self.document['now_ms'] - age)
        if is_now not in may:
            raise Difference('%s %s: open, soon, at risk, breached, earliest, '
                             'oldest: %r, not %r' % (series + (is_now, may)))
        for what, n in zip(('open', 'soon', 'risk', 'late'), is_now):
            if n:
                self.seen.add(what)
        return series

    def check_series(self, found):
        series = found['queue'], found['channel']
        for name, window in found['windows'].items():
            self.check_window('%s %s %s' % (series + (name,)), series, name,
                              window)
        return series

    def check_course(self, what, found, size, name, count):
        last = self.document_moment(found, size, name)
        same(what + ': times', [one[name] for one in found],
             [(last - back) * size for back in reversed(range(count))])

        def closed(begin, end):
            return sum(self.booked(None, begin, end, 'c:' + reason)
                       for reason in REASONS)

        # The moment of a call may not be known to the five minutes.
        begin, end = found[0][name], found[-1][name] + size
        same(what + ': in', sum(one['in'] for one in found),
             self.booked(None, begin, end, 'in'))
        same(what + ': closed', sum(one['closed'] for one in found),
             closed(begin, end))

        for one in found:
            begin = one[name]
            end = begin + size
            here = '%s %d' % (what, begin)
            replied = self.replied(None, begin, end)
            same(here + ' opened', one['opened'],
                 len(self.begun(None, begin, end)))
            same(here + ' replied', one['replied'], len(replied))
            same(here + ' within', one['replied_within_15min'],
                 sum(1 for length in replied if length <= 900_000))
            same(here + ' met', one['met'],
                 self.booked(None, begin, end, 'met'))
            same(here + ' missed', one['missed'],
                 self.booked(None, begin, end, 'miss'))
            if self.exact:
                same(here + ' in', one['in'],
                     self.booked(None, begin, end, 'in'))
                same(here + ' closed', one['closed'], closed(begin, end))

    def document_moment(self, found, size, name):
        """The last of a course: the present one where that is exact."""
        return self.document['now_ms'] // size if self.exact \
            else found[-1][name] // size

    # Fairness.

    def age(self, wait, now):
        """Since the end of the five minutes, of the hour once it is packed."""
        hour = wait.start // HOUR
        size = HOUR if wait.series + (hour,) in self.packed else FIVE_MINUTES
        return now - (wait.start // size + 1) * size

    def median(self, waits, now):
        return survival_median([
            (bucket(self.age(wait, now)), False)
            if wait.how not in ('reply', 'close')
            else (bucket(wait.end - wait.start), wait.how == 'reply')
            for wait in waits])

    @staticmethod
    def is_old(wait, now, horizon):
        """Every wait of its hour has reached the horizon."""
        return (wait.start // HOUR + 1) * HOUR + horizon * 1000 <= now

    def check_group(self, what, found, waits, reached, old, overall, now):
        same(what + ' spells', found['spells'], len(waits))
        same(what + ' open', found['open'], sum(
            1 for wait in waits if wait.how not in ('reply', 'close')))
        due, replied, _ = cohort(reached, 900)
        same(what + ' due', (found['due_900'], found['replied_900']),
             (due, replied))
        about(what + ' share', found['share_900'], share(replied, due), 0, 2e-6)
        old_due, old_replied, _ = cohort(old, 86400)
        about(what + ' ignored', found['ignored_rate_86400'],
              None if not old_due else 1 - old_replied / old_due, 0, 2e-6)

        median = self.median(waits, now)
        about(what + ' median', found['median_wait_s'],
              None if median is None else median / 1000, 0, 0.0021)
        about(what + ' gap', found['wait_gap'],
              median / overall if median and overall else None, 1e-5, 0.0011)
        if found['wait_gap'] not in (None, 1):
            self.seen.add('gap')

    def check_groups(self, what, found, names, group_of, day, reached, old):
        now = found['to_ms']
        overall = self.median(day, now)
        rows = found['groups'][what]
        by_name = {group['group']: group for group in rows}
        groups, olds = [], {}

        for name in names:
            mine = [[wait for wait in waits if group_of(wait) == name]
                    for waits in (day, reached, old)]
            olds[name] = cohort(mine[2], 86400)
            groups.append((name,) + cohort(mine[1], 900)[:2])
            same('%s %s there' % (what, name), name in by_name,
                 bool(mine[0] or olds[name][0]))
            if name in by_name:
                self.check_group('%s %s' % (what, name), by_name[name],
                                 *mine, overall, now)

        same(what + ': order', [group['group'] for group in rows],
             [name for name in names if name in by_name])

        expected = parity(groups)
        is_now = found['parity'][what]
        for number in ('ratio', 'z'):
            about('parity %s %s' % (what, number), is_now[number],
                  expected[number], 0, 0.0006)
        for word in ('lowest', 'highest', 'enough', 'flagged'):
            same('parity %s %s' % (what, word), is_now[word], expected[word])
            if is_now[word]:
                self.seen.add(word)
        about('jain ' + what, found['jain'][what], jain(groups), 0, 6e-5)
        return olds

    def check_fairness(self, found):
        now, begin = found['to_ms'], found['from_ms']
        next_hour = (now // HOUR + 1) * HOUR
        if self.exact:
            same('fairness now', now, self.document['now_ms'])
        same('fairness begin', begin, (now // HOUR - 24) * HOUR)
        span = self.span('within', '24h', 900, now)
        same('fairness span', (found['due_900_from_ms'],
                               found['due_900_to_ms']), span)
        day = self.begun(None, begin, next_hour)
        # Those that were 15 minutes old within the span that is stated.
        reached = self.begun(None, span[0] - 900_000, span[1] - 900_000)
        old = [wait for wait in self.begun(None, (now // HOUR - 168) * HOUR,
                                           next_hour)
               if self.is_old(wait, now, 86400)]

        olds = self.check_groups('reach', found, TIERS,
                                 lambda wait: TIERS[wait.reach],
                                 day, reached, old)
        self.check_groups('channel', found, CHANNELS,
                          lambda wait: wait.channel, day, reached, old)

        rates = [1 - replied / due for due, replied, _
                 in (olds[name] for name in AUDIENCES) if due]
        about('ignored gap', found['ignored_gap_points'],
              100 * (rates[0] - rates[-1]) if len(rates) > 1 else None, 0,
              0.0051)
        answers = len(self.replied(None, begin, next_hour))
        depths = [depth for _, time, depth in self.model.overtakes
                  if begin <= time < next_hour]
        about('overtake depth', found['overtake_depth_s'],
              share(sum(depths) / 1000, answers), 0, 0.0006)
        if found['overtake_depth_s']:
            self.seen.add('overtaken')
        if found['ignored_gap_points']:
            self.seen.add('ignored')

    def check(self):
        document = self.document
        series = {self.check_series(one) for one in document['sla']}
        same('series', series, {key[:2] for key in self.model.counts})
        same('brands', (len(document['history']), len(document['fairness'])),
             (1, 1))
        for one in document['history']:
            self.check_course('hour', one['hours'], HOUR, 'hour_ms', 48)
            self.check_course('slot', one['slots'], FIVE_MINUTES, 'slot_ms', 24)
        for one in document['fairness']:
            self.check_fairness(one)
