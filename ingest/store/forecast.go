package store

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
)

// PutForecast keeps what was expected of minutes of service; a minute that was
// there is replaced.
func (s *Store) PutForecast(ctx context.Context, service string, forecasts []outcry.Forecast) error {
	if len(forecasts) == 0 {
		return nil
	}
	pipe := s.client.Pipeline()
	hours := map[int64][]any{}
	for _, f := range forecasts {
		m := minuteOf(f.Minute)
		h := hourOfMinute(m)
		// Six digits are more than a chart and a bundle show.
		value := strconv.FormatFloat(f.Expected, 'g', 6, 64) + " " + strconv.FormatFloat(f.Upper, 'g', 6, 64)
		hours[h] = append(hours[h], strconv.FormatInt(m-h*60, 10), value)
	}
	for h, fields := range hours {
		key := forecastsKey(service, h)
		pipe.HSet(ctx, key, fields...)
		pipe.Expire(ctx, key, s.config.Retention.bucketTTL())
	}
	_, err := pipe.Exec(ctx)
	return unavailable("store forecasts", err)
}

// Forecasts are those of the minutes from (inclusive) to (exclusive), in order
// of time; a minute without one is left out.
func (s *Store) Forecasts(ctx context.Context, service string, from, to time.Time) ([]outcry.Forecast, error) {
	first, end := minuteOf(ceilMinute(from)), minuteOf(ceilMinute(to))
	if end <= first {
		return nil, nil
	}
	h0, h1 := hourOfMinute(first), hourOfMinute(end-1)
	if h1-h0 >= maxHours {
		return nil, fmt.Errorf("%w: at most %d days by the minute", outcry.ErrInvalid, maxHours/24)
	}
	pipe := s.client.Pipeline()
	cmds := make([]*redis.MapStringStringCmd, 0, h1-h0+1)
	for h := h0; h <= h1; h++ {
		cmds = append(cmds, pipe.HGetAll(ctx, forecastsKey(service, h)))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, unavailable("read forecasts", err)
	}
	var out []outcry.Forecast
	for i, cmd := range cmds {
		for field, value := range cmd.Val() {
			f, err := parseForecast((h0+int64(i))*60, field, value)
			if err != nil {
				return nil, err
			}
			if m := minuteOf(f.Minute); m >= first && m < end {
				out = append(out, f)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Minute.Before(out[j].Minute) })
	return out, nil
}

func parseForecast(base int64, field, value string) (outcry.Forecast, error) {
	var f outcry.Forecast
	m, err := strconv.ParseInt(field, 10, 64)
	if err == nil {
		_, err = fmt.Sscan(value, &f.Expected, &f.Upper)
	}
	if err != nil {
		return f, fmt.Errorf("forecast %q: %q is not one of ours", field, value)
	}
	f.Minute = minuteTime(base + m)
	return f, nil
}
