// Package origin is a small origin server for trying things out, and a link
// that makes it seem far away. It serves documents whose content is known
// beforehand, so that a client can prove that it got them right.
package origin
