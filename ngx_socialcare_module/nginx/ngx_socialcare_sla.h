
/*
 * ngx_socialcare_sla.h: how soon somebody must answer: calendar time, or time
 * within the opening hours of a desk.
 */

#ifndef _NGX_SOCIALCARE_SLA_H_INCLUDED_
#define _NGX_SOCIALCARE_SLA_H_INCLUDED_


#include "ngx_socialcare.h"

#include "sc_hours.h"


/* One socialcare_hours block; lives with the configuration. */

typedef struct {
    ngx_str_t                     name;
    sc_zone_info_t                zone;
    sc_hours_t                    hours;
} ngx_socialcare_hours_t;


/* One socialcare_sla directive; the fixed members hold its values if it has
   no variables. */

struct ngx_socialcare_sla_s {
    ngx_http_complex_value_t      time;
    ngx_msec_t                    fixed_time;
    ngx_http_complex_value_t      hours;          /* empty: calendar time */
    const sc_hours_t             *fixed_hours;    /* NULL: calendar time */
    u_char                       *file;           /* of the directive, for */
    ngx_uint_t                    line;           /* errors found later */
};


/* The target that applies to one mention. */

typedef struct {
    ngx_msec_t                    time;
    const sc_hours_t             *hours;          /* NULL: calendar time */
} ngx_socialcare_target_t;


char *ngx_socialcare_sla_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_hours_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* Once all blocks are parsed: looks up the hours that the directive names. */
ngx_int_t ngx_socialcare_sla_finish(ngx_conf_t *cf,
    ngx_socialcare_sla_t *sla);

/* Whether the target depends on the mention.  `sla` may be NULL. */
ngx_uint_t ngx_socialcare_sla_varies(ngx_socialcare_sla_t *sla);

/*
 * The target of the mention whose variables are set.  `sla` may be NULL: the
 * default.  An unusable value from a variable is counted, and the default time,
 * or calendar time, takes its place.
 */
ngx_int_t ngx_socialcare_sla_choose(ngx_http_request_t *r,
    ngx_socialcare_sla_t *sla, ngx_socialcare_target_t *target);

/*
 * The deadline of a wait that begins at start_ms; -1, and counted, if the desk
 * is not open for that long within 400 days.
 */
int64_t ngx_socialcare_target_due(ngx_socialcare_target_t *target,
    int64_t start_ms);

/* NULL if no block has that name. */
const sc_hours_t *ngx_socialcare_hours_find(ngx_socialcare_main_conf_t *mcf,
    ngx_str_t *name);


#endif /* _NGX_SOCIALCARE_SLA_H_INCLUDED_ */
