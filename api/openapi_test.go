package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/gofiber/fiber/v2"

	"outcry/api/openapi"
)

var update = flag.Bool("update", false, "write openapi/openapi.json from openapi.yaml")

// described is the description, checked, and a router over it.
var described = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi/openapi.yaml")
	if err != nil {
		return nil, err
	}
	text := func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		b, err := io.ReadAll(body)
		return string(b), err
	}
	for _, kind := range []string{"text/html", "text/css", "text/javascript", "text/csv", "image/svg+xml", "application/xml", "application/atom+xml"} {
		openapi3filter.RegisterBodyDecoder(kind, text)
	}
	return legacy.NewRouter(doc, openapi3.DisableExamplesValidation())
})

// The description for machines is what openapi.yaml says.
func TestOpenAPIDocument(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Indent(&want, b, "", " "); err != nil {
		t.Fatal(err)
	}
	want.WriteByte('\n')
	if *update {
		if err := os.WriteFile("openapi/openapi.json", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(want.Bytes(), openapi.Document) {
		t.Error("openapi.json is not what openapi.yaml says: run go test ./api -run TestOpenAPI -update")
	}
	if got := get(t, serve(t, newFake()), "/openapi.json"); got.status != http.StatusOK {
		t.Errorf("GET /openapi.json: %d", got.status)
	}
}

var parameter = regexp.MustCompile(`:([a-z]+)`)

// Every route is described, and every described route is there.
func TestOpenAPIRoutes(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			want = append(want, method+" "+path)
		}
	}
	for _, r := range serve(t, newFake()).App().GetRoutes(true) {
		if r.Method != fiber.MethodHead && r.Method != fiber.MethodOptions {
			got = append(got, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("routes:\n%s\ndescribed:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// told are the headers that clients may go by.
var told = []string{"ETag", "Last-Modified", "Cache-Control", "Access-Control-Allow-Origin", "Link", "X-Next-Cursor", "X-Data-Age", "Retry-After", "Location"}

// describesHeaders checks that those sent to a reader are described, and that
// what is described of an answer that was found is sent.
func describesHeaders(t testing.TB, method, path string, responses *openapi3.Responses, a answer) {
	t.Helper()
	if method != http.MethodGet {
		return
	}
	response := responses.Status(a.status)
	if response == nil {
		response = responses.Default()
	}
	if response == nil {
		return // ValidateResponse tells
	}
	kept := a.status == http.StatusOK && a.header.Get("Cache-Control") != cacheNever // which is for who asked alone
	for i, name := range told {
		described, sent := response.Value.Headers[name] != nil, a.header.Get(name) != ""
		if sent && !described {
			t.Errorf("%s %s answers %d with %s, which is not described", method, path, a.status, name)
		}
		if described && !sent && kept && i < 4 {
			t.Errorf("%s %s answers %d without %s, which is described", method, path, a.status, name)
		}
	}
}

// describes checks a response of a test against the description.
func describes(t testing.TB, method, path string, a answer) {
	t.Helper()
	router, err := described()
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodHead {
		method = http.MethodGet
		a.body = ""
	}
	r := httptest.NewRequest(method, path, nil)
	route, params, err := router.FindRoute(r)
	if err != nil || a.body == "" || a.status == http.StatusMethodNotAllowed {
		return // no such route, or nothing to check
	}
	for _, value := range params {
		if value == "" {
			return // the description's router takes it for the route, ours does not
		}
	}
	if strings.HasSuffix(r.URL.Path, ".json") == strings.HasSuffix(route.Path, ".json") { // else its router took the other route
		describesHeaders(t, method, path, route.Operation.Responses, a)
	}
	if a.header.Get("Content-Encoding") != "" {
		return
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		t.Errorf("%s %s answers %d otherwise than described: %v", method, path, a.status, err)
	}
}
