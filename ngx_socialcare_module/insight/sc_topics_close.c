/*
 * sc_topics_close.c: the end of a bucket: judges the keys and groups those
 * that burn into incidents.
 */

#include <math.h>
#include <string.h>

#include "sc_topics_private.h"


/* 2^(-1/12): counts halve in an hour; 2^(-1/2016): background, in a week. */
#define SC_TOPICS_DECAY             0.94387431268169353
#define SC_TOPICS_BACKGROUND_DECAY  0.99965623593985

#define SC_TOPICS_HALF_HOUR         (SC_SPIKE_HOUR / 2)

/*
 * Many keys are judged at once, and each could raise a false alarm.  To correct
 * for that, the logarithm of the number of keys in use (at least twice in an
 * hour; averaged over about a day) is added to the threshold.
 */
#define SC_TOPICS_RIVAL             2
#define SC_TOPICS_RIVAL_DAY         288

/* What burns for so many buckets has become usual. */
#define SC_TOPICS_TWO_DAYS          576

/* Maximum of keys grouped at once; those with less excess are skipped. */
#define SC_TOPICS_CANDIDATES        64

/* An incident keeps its name until another key's excess is so much larger. */
#define SC_TOPICS_NAME_BONUS        1.5


typedef struct {
    unsigned           topic;
    double             excess;
    double             rank;
    double             authors;
    double             count_15;
    double             count_60;
    double             expected_60;
    sc_distinct_view_t view;
} sc_topics_candidate_t;


typedef struct {
    unsigned              rivals;
    size_t                count;
    sc_topics_candidate_t all[SC_TOPICS_CANDIDATES];
} sc_topics_candidates_t;


/*
 * The brand's volume that a key is compared to.  If more comes in than
 * expected, a topic is a key with a larger share of it than usual; otherwise a
 * rise of everything, or of a topic that brings common words along, would turn
 * all of these into topics.
 */

static double
sc_topics_volume(double count, double expected)
{
    return count > expected ? count : expected;
}


/* A key's usual share of the brand's authors. */

static double
sc_topics_part(const sc_topics_t *topics, unsigned i)
{
    double part;

    if (topics->background_total <= 0) {
        return 0;
    }

    part = sc_topics_usual(topics, topics->hashes[i])
           / topics->background_total;

    return part < 1 ? part : 1;
}


static void
sc_topics_read(const sc_topics_t *topics, unsigned i,
    const sc_spike_reading_t *brand, sc_spike_reading_t *reading)
{
    double            part, least;
    unsigned          age, at;
    const sc_topic_t *topic;

    topic = &topics->topics[i];
    memset(reading, 0, sizeof(*reading));

    for (age = 0; age < SC_SPIKE_HOUR; age++) {
        at = (topics->bucket + SC_SPIKE_HOUR - age) % SC_SPIKE_HOUR;
        reading->count_60 += topic->counts[at];

        if (age < SC_SPIKE_HOUR / 4) {
            reading->count_15 = reading->count_60;
        }
    }

    least = brand->grade == SC_SPIKE_KNOWN ? SC_SPIKE_FLOOR : SC_SPIKE_PRIOR;
    part = sc_topics_part(topics, i);

    reading->count = topic->counts[topics->bucket % SC_SPIKE_HOUR];
    reading->expected = fmax(least, part
                             * sc_topics_volume(brand->count,
                                                brand->expected));
    reading->expected_15 = fmax(3 * least, part
                                * sc_topics_volume(brand->count_15,
                                                   brand->expected_15));
    reading->expected_60 = fmax(SC_SPIKE_HOUR * least, part
                                * sc_topics_volume(brand->count_60,
                                                   brand->expected_60));
    reading->grade = brand->grade;

    /* Drift of the whole affects a key in proportion to its share. */

    reading->dispersion = 1 + (brand->dispersion - 1) * part;
}


/* Most keys are quiet: they need no judging. */

static bool
sc_topics_is_quiet(const sc_topics_t *topics, unsigned i)
{
    const sc_topic_t *topic;

    topic = &topics->topics[i];

    return topic->alarm.sum <= 0 && topic->alarm.state == SC_SPIKE_CALM
           && topic->counts[topics->bucket % SC_SPIKE_HOUR] == 0;
}


/* NULL: there are too many candidates of a higher rank. */

static sc_topics_candidate_t *
sc_topics_add_candidate(sc_topics_candidates_t *candidates, double rank)
{
    size_t i, least;

    if (candidates->count < SC_TOPICS_CANDIDATES) {
        return &candidates->all[candidates->count++];
    }

    least = 0;

    for (i = 1; i < SC_TOPICS_CANDIDATES; i++) {
        if (candidates->all[i].rank < candidates->all[least].rank) {
            least = i;
        }
    }

    return candidates->all[least].rank < rank ? &candidates->all[least]
                                              : NULL;
}


/* The current share of the key becomes its usual one. */

static void
sc_topics_accept(sc_topics_t *topics, unsigned i,
    const sc_spike_reading_t *brand, const sc_spike_reading_t *reading)
{
    double usual, known;

    memset(&topics->topics[i].alarm, 0, sizeof(sc_spike_alarm_t));

    if (brand->count_60 > 0) {
        known = sc_topics_usual(topics, topics->hashes[i]);
        usual = topics->background_total
                * fmin(1, reading->count_60 / brand->count_60);

        if (usual > known) {
            sc_topics_learn(topics, topics->hashes[i], usual - known);
        }
    }
}


static void
sc_topics_judge(sc_topics_t *topics, unsigned i,
    const sc_spike_reading_t *brand, sc_topics_candidates_t *candidates)
{
    double                 rank;
    sc_topic_t            *topic;
    sc_distinct_view_t     view;
    sc_spike_reading_t     reading;
    sc_topics_candidate_t *candidate;

    topic = &topics->topics[i];

    if (sc_topics_is_quiet(topics, i)) {
        return;
    }

    sc_topics_read(topics, i, brand, &reading);
    sc_distinct_view(&topic->authors, &view);
    reading.authors = sc_distinct_count(&view);
    reading.margin = log1p((double) topics->rivals);
    candidates->rivals += reading.count_60 >= SC_TOPICS_RIVAL;
    sc_spike_judge(&topic->alarm, &reading, topics->bucket);

    if (topic->alarm.state != SC_SPIKE_CALM
        && topics->bucket - topic->alarm.since >= SC_TOPICS_TWO_DAYS)
    {
        sc_topics_accept(topics, i, brand, &reading);
    }

    if (topic->alarm.state == SC_SPIKE_CALM) {
        if (reading.count > 0) {
            sc_topics_learn(topics, topics->hashes[i],
                            brand->grade == SC_SPIKE_UNKNOWN ? reading.count
                            : sc_spike_capped(reading.count,
                                              reading.expected));
        }

        return;
    }

    rank = (reading.count_60 - reading.expected_60)
           * (topic->lead ? SC_TOPICS_NAME_BONUS : 1);

    candidate = sc_topics_add_candidate(candidates, rank);

    if (candidate != NULL) {
        candidate->topic = i;
        candidate->rank = rank;
        candidate->excess = reading.count_60 - reading.expected_60;
        candidate->authors = reading.authors;
        candidate->count_15 = reading.count_15;
        candidate->count_60 = reading.count_60;
        candidate->expected_60 = reading.expected_60;
        candidate->view = view;
    }
}


/* Largest first; insertion sort, since they are few. */

static void
sc_topics_sort(sc_topics_candidates_t *candidates)
{
    size_t                i, j;
    sc_topics_candidate_t one;

    for (i = 1; i < candidates->count; i++) {
        one = candidates->all[i];

        for (j = i; j > 0 && candidates->all[j - 1].rank < one.rank; j--) {
            candidates->all[j] = candidates->all[j - 1];
        }

        candidates->all[j] = one;
    }
}


/* Whether more than half of the authors of the smaller one are in both. */

static bool
sc_topics_share_authors(const sc_topics_candidate_t *a,
    const sc_topics_candidate_t *b)
{
    double             both, smaller;
    sc_distinct_view_t view;

    view = a->view;
    sc_distinct_unite(&view, &b->view);

    both = a->authors + b->authors - sc_distinct_count(&view);
    smaller = a->authors < b->authors ? a->authors : b->authors;

    return both > smaller / 2;
}


static void
sc_topics_open_incident(sc_topics_t *topics,
    const sc_topics_candidate_t *candidate)
{
    sc_topic_t          *topic;
    sc_topic_incident_t *incident;

    topic = &topics->topics[candidate->topic];
    incident = &topics->incidents[topics->incidents_count++];

    memset(incident, 0, sizeof(*incident));
    incident->state = topic->alarm.state;
    incident->len = topic->len;
    memcpy(incident->name, topic->name, topic->len);
    incident->since = topic->alarm.since;
    incident->count_15 = (float) candidate->count_15;
    incident->count_60 = (float) candidate->count_60;
    incident->expected_60 = (float) candidate->expected_60;
    incident->authors = (float) candidate->authors;
    incident->shares = topic->shares;

    topic->lead = 1;
    topic->incident = (uint8_t) topics->incidents_count;
}


static void
sc_topics_fold(sc_topics_t *topics, const sc_topics_candidates_t *candidates)
{
    size_t                       i, j;
    sc_topic_t                  *topic;
    sc_topic_incident_t         *incident;
    const sc_topics_candidate_t *leads[SC_TOPICS_INCIDENTS];

    topics->incidents_count = 0;

    for (i = 0; i < candidates->count; i++) {
        topic = &topics->topics[candidates->all[i].topic];

        for (j = 0; j < topics->incidents_count; j++) {
            if (sc_topics_share_authors(leads[j], &candidates->all[i])) {
                break;
            }
        }

        if (j < topics->incidents_count) {
            incident = &topics->incidents[j];
            topic->incident = (uint8_t) (j + 1);

            incident->since = topic->alarm.since < incident->since
                              ? topic->alarm.since : incident->since;
            incident->state = topic->alarm.state > incident->state
                              ? topic->alarm.state : incident->state;

        } else if (topics->incidents_count < SC_TOPICS_INCIDENTS) {
            leads[topics->incidents_count] = &candidates->all[i];
            sc_topics_open_incident(topics, &candidates->all[i]);
        }
    }
}


static void
sc_topics_decay(sc_topics_t *topics)
{
    unsigned i, row;

    for (i = 0; i < topics->used; i++) {
        topics->counts[i] *= (float) SC_TOPICS_DECAY;
        topics->errors[i] *= (float) SC_TOPICS_DECAY;
        topics->weights[i] *= (float) SC_TOPICS_DECAY;
    }

    for (row = 0; row < SC_TOPICS_ROWS; row++) {
        for (i = 0; i < SC_TOPICS_COLUMNS; i++) {
            topics->background[row][i] *= (float) SC_TOPICS_BACKGROUND_DECAY;
        }
    }

    topics->background_total *= SC_TOPICS_BACKGROUND_DECAY;
}


/* Begins a new bucket; every half hour authors and shares age. */

static void
sc_topics_turn(sc_topics_t *topics)
{
    unsigned    i;
    sc_topic_t *topic;

    topics->bucket++;
    memset(topics->seen[topics->bucket % 2], 0, sizeof(topics->seen[0]));
    memset(topics->spent, 0, sizeof(topics->spent));

    for (i = 0; i < topics->used; i++) {
        topic = &topics->topics[i];
        topic->counts[topics->bucket % SC_SPIKE_HOUR] = 0;

        if (topics->bucket % SC_TOPICS_HALF_HOUR == 0) {
            sc_distinct_turn(&topic->authors);
            sc_topic_shares_age(&topic->shares);
        }
    }
}


static void
sc_topics_step(sc_topics_t *topics, const sc_spike_reading_t *brand)
{
    unsigned               i;
    sc_topics_candidates_t candidates;

    candidates.count = 0;
    candidates.rivals = 0;

    for (i = 0; i < topics->used; i++) {
        sc_topics_judge(topics, i, brand, &candidates);
        topics->topics[i].incident = 0;
    }

    topics->rivals += ((float) candidates.rivals - topics->rivals)
                      / SC_TOPICS_RIVAL_DAY;
    sc_topics_sort(&candidates);

    for (i = 0; i < topics->used; i++) {
        topics->topics[i].lead = 0;
    }

    sc_topics_fold(topics, &candidates);

    topics->background_total += brand->grade == SC_SPIKE_UNKNOWN
                                ? brand->count
                                : sc_spike_capped(brand->count,
                                                  brand->expected);
    sc_topics_decay(topics);
    sc_topics_turn(topics);
}


/* What happened in between is unknown. */

static void
sc_topics_forget_hour(sc_topics_t *topics, uint32_t bucket)
{
    unsigned    i;
    sc_topic_t *topic;

    memset(topics->seen, 0, sizeof(topics->seen));
    topics->incidents_count = 0;
    topics->bucket = bucket;

    for (i = 0; i < topics->used; i++) {
        topic = &topics->topics[i];
        memset(topic->counts, 0, sizeof(topic->counts));
        memset(&topic->alarm, 0, sizeof(topic->alarm));
        memset(&topic->authors, 0, sizeof(topic->authors));
        topic->incident = 0;
        topic->lead = 0;
    }
}


void
sc_topics_close(sc_topics_t *topics, const sc_spike_reading_t *brand,
    uint32_t bucket)
{
    sc_spike_reading_t nothing;

    if (bucket <= topics->bucket
        || bucket - topics->bucket > SC_SPIKE_HOUR + 1)
    {
        sc_topics_forget_hour(topics, bucket);
        return;
    }

    sc_topics_step(topics, brand);

    nothing = *brand;
    nothing.count = 0;

    while (topics->bucket < bucket) {
        sc_topics_step(topics, &nothing);
    }
}
