package store

// Forever is forever, for the tests outside.
var Forever = forever
