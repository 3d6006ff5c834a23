package store

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"outcry"
)

//go:embed moderate.lua
var moderateSource string

// PendingComments are a service's that nobody has decided on, oldest first.
func (s *Store) PendingComments(ctx context.Context, service string) ([]outcry.Comment, error) {
	return s.comments(ctx, service, commentsKey(service))
}

// PublishedComments are a service's that are public, newest first.
func (s *Store) PublishedComments(ctx context.Context, service string) ([]outcry.Comment, error) {
	list, err := s.comments(ctx, service, publishedKey(service))
	slices.Reverse(list)
	return list, err
}

func (s *Store) comments(ctx context.Context, service, key string) ([]outcry.Comment, error) {
	all, err := s.client.HGetAll(ctx, key).Result()
	if err != nil {
		return nil, unavailable("read comments", err)
	}
	list := make([]outcry.Comment, 0, len(all))
	for field, text := range all {
		c, err := readComment(service, field, text)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b outcry.Comment) int {
		return cmp.Or(a.Minute.Compare(b.Minute), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

func readComment(service, field, text string) (outcry.Comment, error) {
	var c Comment
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return outcry.Comment{}, fmt.Errorf("read a comment of %s: %w", service, err)
	}
	return outcry.Comment{
		ID: service + "." + field, Service: service, Symptom: c.Symptom, Minute: c.Minute.UTC(),
		Country: c.Country, Region: c.Region, Text: c.Text,
	}, nil
}

// ModerateComment publishes a pending comment, or takes one away, pending or
// published. The decision is entered in the service's record of them, which is
// kept for good and holds the comment's name and not its text. A comment that
// is not there (any more) is outcry.ErrNotFound.
func (s *Store) ModerateComment(ctx context.Context, id string, publish bool, now time.Time) (outcry.Comment, error) {
	service, field, ok := strings.Cut(id, ".")
	if !ok || service == "" || field == "" {
		return outcry.Comment{}, fmt.Errorf("%w: no such comment", outcry.ErrNotFound)
	}
	decision := "reject"
	if publish {
		decision = "publish"
	}
	keys := []string{commentsKey(service), publishedKey(service), moderationKey(service)}
	args := []any{field, decision, now.UTC().Format(time.RFC3339), seconds(s.config.Retention.Comments), s.config.MaxComments}
	text, err := pipeline(ctx, s.client, s.scripts.moderate, []call{{keys, args}})[0].Text()
	if errors.Is(err, redis.Nil) {
		return outcry.Comment{}, fmt.Errorf("%w: no such comment", outcry.ErrNotFound)
	}
	if err != nil {
		return outcry.Comment{}, unavailable("moderate a comment", err)
	}
	return readComment(service, field, text)
}
