// Package fetch gets many documents over few connections, by pipelining.
//
// [Run] takes jobs from a channel, sorts them by origin and keeps a queue for
// each. A worker owns one connection: it sends ahead what the queue holds, up
// to the depth, and reads the answers in their order. What a lost connection
// leaves unanswered goes back to the front of the queue, if repeating it is
// allowed.
//
// # One goroutine a connection
//
// A worker sends and reads in turn. Conn.Pipeline could not be used: its
// source must not block, and jobs may come from a pipe as slowly as somebody
// types. A sender beside the reader would do, and need a word between the two
// at every loss. Instead the pull never blocks, and a worker that waits for an
// answer while it could send more waits by a context that a new job ends; a
// wait that was ended so has consumed nothing.
//
// # Repeating
//
//   - A request that was certainly not processed is always repeated. It counts
//     as nothing.
//   - One that may have been processed is repeated because GET is idempotent
//     (RFC 9110 section 9.2.2), at most Options.Retries times.
//   - A connection that yields neither an answer nor a counted repetition is
//     fruitless. After Options.Retries such connections in a row the origin is
//     given up, with all that is queued for it.
//   - Where connections yield nothing but counted repetitions, the origin is
//     given up after three documents in a row that have none left. So every run
//     comes to an end soon.
//   - A connection that replaces a lost one begins with a single request
//     (RFC 9112 section 9.3.2); each answer then allows one more in flight.
//
// # What is learnt of an origin
//
//   - After how many answers it closes, announced or twice silently: the
//     pipeline ends there on later connections. A connection that goes on
//     beyond it disproves it.
//   - That it does not bear pipelining: a wrong answer or a stall behind a
//     pipeline, or an answer in HTTP/1.0. One request at a time from then on.
package fetch
