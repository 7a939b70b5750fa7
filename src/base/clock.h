/*
 * Time.  Nothing else in the program asks the system for it, so that a test
 * can set it.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since 1970; may jump. */
int64_t	clock_wall_us(void);

/* Milliseconds that never go back; the origin is unspecified. */
int64_t	clock_mono_ms(void);

/*
 * For tests: from now on both clocks stand still at these values.  Negative
 * values give the system's clocks back.
 */
void	clock_fake(int64_t wall_us, int64_t mono_ms);

#endif
