//go:build race

package aio_test

const underRace = true
