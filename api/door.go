package api

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
)

// atDoor does what stores a report, when there is a place for it. Who finds none
// is refused before that: what a refusal costs is not left for those who are
// served.
func (s *Server) atDoor(c *fiber.Ctx, store func() error) error {
	if !s.door.Enter(c.Context()) {
		s.metrics.report("refused")
		return named("not-stored", "")
	}
	entered, served := time.Now(), true
	defer func() { s.door.Leave(entered, time.Now(), served) }()
	err := store()
	served = err == nil || toProblem(err).Status != http.StatusServiceUnavailable
	return err
}
