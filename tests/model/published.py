"""The status' JSON against what happened.

Numbers are taken from the waits themselves, not from counters, over the spans
that the document states.  Counts, sums and shares are exact; percentiles and
medians within 2 %, as published.
"""

import fractions
import math

from clock import FIVE_MINUTES, HOUR, bucket
from compare import Difference

WITHINS = (300, 900, 1800, 3600, 14400, 86400)
RATES = (3600, 86400, 259200)
TIERS = ('0-99', '100-999', '1k-9999', '10k-99999', '100k+', 'none', 'unknown')
BEFORE = {'5m': (FIVE_MINUTES, 1), '1h': (FIVE_MINUTES, 12), '24h': (HOUR, 24),
          '7d': (HOUR, 168)}


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
    length = sorted(lengths)[math.ceil(q * len(lengths)) - 1]
    return 0.5 if length <= 1000 else length / 1000


def survival_median(spells):
    """Bucket of the Kaplan-Meier median, by the product-limit definition.

    spells: (bucket, answered).  Who is censored in the bucket of an answer was
    still waiting at it.  None: fewer than half are known to be answered.
    """
    alive = fractions.Fraction(1)
    for length in sorted({length for length, answered in spells if answered}):
        at_risk = sum(1 for other, _ in spells if other >= length)
        alive *= 1 - fractions.Fraction(spells.count((length, True)), at_risk)
        if alive <= fractions.Fraction(1, 2):
            return length
    return None


def cohort(waits, horizon):
    """due, replied and withdrawn of waits that are old enough."""
    limit = horizon * 1000
    withdrawn = sum(1 for wait in waits if wait.how == 'close'
                    and wait.end - wait.start <= limit)
    replied = sum(1 for wait in waits if wait.how == 'reply'
                  and wait.end - wait.start <= limit)
    return len(waits) - withdrawn, replied, withdrawn


class Published:
    def __init__(self, model, document):
        self.model = model
        self.document = document

    def booked(self, series, begin, end, name):
        """Sum of a counter over the five minutes from begin up to end."""
        return sum(counter[name] for key, counter in self.model.counts.items()
                   if (series is None or key[:2] == series)
                   and begin <= key[2] * FIVE_MINUTES < end)

    def begun(self, series, begin, end, kind='FN'):
        return [wait for wait in self.model.begun
                if (series is None or wait.series == series)
                and begin <= wait.start < end and wait.kind in kind]

    def replied(self, series, begin, end, kind='FN'):
        return [wait.end - wait.start for wait in self.model.begun
                if (series is None or wait.series == series)
                and wait.how == 'reply' and begin <= wait.end < end
                and wait.kind in kind]

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

    def check_cohorts(self, what, series, found, horizons, name):
        for horizon in horizons:
            here = '%s %s %d' % (what, name, horizon)
            one = found[name][str(horizon)]
            if one is None:
                continue
            earlier = horizon * 1000 if name == 'within' else 0
            due, replied, withdrawn = cohort(
                self.begun(series, one['from_ms'] - earlier,
                           one['to_ms'] - earlier), horizon)
            same(here, (one['due'], one['replied'], one['withdrawn']),
                 (due, replied, withdrawn))
            about(here + ' share', one['share' if earlier else 'rate'],
                  share(replied, due), 0, 2e-6)
            if not earlier:
                about(here + ' ignored', one['ignored_rate'],
                      None if not due else 1 - replied / due, 0, 2e-6)

    def check_window(self, what, series, name, found):
        size, before = BEFORE[name]
        begin = found['from_ms']
        same(what + ' begin', begin,
             (found['to_ms'] // size - before) * size)
        end = (found['to_ms'] // size + 1) * size

        for counter, member in (
                ('in', 'in'), ('out', 'out'), ('dup', 'duplicates'),
                ('dead', 'dead'), ('more', 'more'), ('auto', 'auto'),
                ('ended', 'ended'), ('expired', 'expired'), ('stale', 'stale'),
                ('early', 'early'), ('amend', 'amended'), ('met', 'met'),
                ('miss', 'missed')):
            same('%s %s' % (what, member), found[member],
                 self.booked(series, begin, end, counter))
        for reason in ('not_actionable', 'spam', 'deleted_by_author',
                       'duplicate_of', 'other_channel', 'no_reply_needed'):
            same('%s closed %s' % (what, reason),
                 found['closed'].get(reason, 0),
                 self.booked(series, begin, end, 'c:' + reason))
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
        self.check_cohorts(what, series, found, WITHINS, 'within')
        self.check_cohorts(what, series, found, RATES, 'response_rate')

    def check_series(self, found):
        series = found['queue'], found['channel']
        waits = [wait for wait in self.model.waits.values()
                 if wait.series == series]
        ahead = [wait.due for wait in waits if not wait.breached]
        what = '%s %s' % series

        same(what + ' open', found['open'], len(waits))
        same(what + ' breached', found['breached'],
             sum(1 for wait in waits if wait.breached))
        same(what + ' earliest', found['earliest_due_ms'],
             min(ahead, default=None))
        for name, window in found['windows'].items():
            self.check_window('%s %s' % (what, name), series, name, window)
        return series

    def check_course(self, what, found, size, name):
        # The moment of a call is not known to the five minutes.
        same(what + ': in', sum(one['in'] for one in found), self.booked(
            None, found[0][name], found[-1][name] + size, 'in'))

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

    def check_group(self, what, found, waits, reached, week, now):
        same(what + ' spells', found['spells'], len(waits))
        same(what + ' open', found['open'],
             sum(1 for wait in waits if wait.how is None))
        due, replied, _ = cohort(reached, 900)
        same(what + ' due', (found['due_900'], found['replied_900']),
             (due, replied))
        about(what + ' share', found['share_900'], share(replied, due), 0, 2e-6)
        due, replied, _ = cohort(
            [wait for wait in week if self.is_old(wait, now, 86400)], 86400)
        about(what + ' ignored', found['ignored_rate_86400'],
              None if not due else 1 - replied / due, 0, 2e-6)

        median = survival_median([
            (bucket(self.age(wait, now)), False) if wait.how is None
            else (bucket(wait.end - wait.start), wait.how == 'reply')
            for wait in waits])
        if median is not None and found['median_wait_s'] is not None:
            same(what + ' median', bucket(found['median_wait_s'] * 1000),
                 median)
        else:
            same(what + ' median', found['median_wait_s'], median)

    @staticmethod
    def age(wait, now):
        """Since the end of the five minutes, of the hour once it is packed."""
        size = FIVE_MINUTES if wait.start // HOUR > now // HOUR - 5 else HOUR
        return now - (wait.start // size + 1) * size

    @staticmethod
    def is_old(wait, now, horizon):
        """Every wait of its hour has reached the horizon."""
        return (wait.start // HOUR + 1) * HOUR + horizon * 1000 <= now

    def check_fairness(self, found):
        now, begin = found['to_ms'], found['from_ms']
        day = self.begun(None, begin, now + HOUR)
        week = self.begun(None, (now // HOUR - 168) * HOUR, now + HOUR)
        # Those that were 15 minutes old within the span that is stated.
        reached = self.begun(None, found['due_900_from_ms'] - 900_000,
                             found['due_900_to_ms'] - 900_000)

        def check(kind, group, belongs):
            self.check_group('%s %s' % (kind, group['group']), group,
                             [wait for wait in day if belongs(wait)],
                             [wait for wait in reached if belongs(wait)],
                             [wait for wait in week if belongs(wait)], now)

        for group in found['groups']['reach']:
            tier = TIERS.index(group['group'])
            check('reach', group, lambda wait: wait.reach == tier)
        for group in found['groups']['channel']:
            name = group['group']
            check('channel', group, lambda wait: wait.channel == name)
        for what in ('reach', 'channel'):
            groups = found['groups'][what]
            same('%s: all groups' % what,
                 sum(group['spells'] for group in groups), len(day))
            shares = [group['share_900'] for group in groups
                      if group['share_900'] is not None]
            if sum(shares) > 0:
                about('jain ' + what, found['jain'][what], sum(shares) ** 2
                      / len(shares) / sum(one ** 2 for one in shares), 0, 1e-3)

    def check(self):
        document = self.document
        series = {self.check_series(one) for one in document['sla']}
        same('series', series, {key[:2] for key in self.model.counts})
        for one in document['history']:
            self.check_course('hour', one['hours'], HOUR, 'hour_ms')
            self.check_course('slot', one['slots'], FIVE_MINUTES, 'slot_ms')
        for one in document['fairness']:
            self.check_fairness(one)
