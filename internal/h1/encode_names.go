package h1

// Fields of the caller that the encoder has to know. A generated field that
// the caller also gave keeps the caller's position and spelling.

// nameID is a field name that the encoder treats in its own way.
type nameID uint8

const (
	nameOther nameID = iota
	nameHost
	nameContentLength
	nameContentMD5
	nameAcceptEncoding
	nameConnection
	nameUpgrade
	nameTransferEncoding
	nameExpect
	nameAuthorization
	nameProxyAuthorization
	nameCookie
)

// nameSet is a set of nameIDs.
type nameSet uint16

func (s nameSet) has(id nameID) bool { return s&(1<<id) != 0 }

// nameOf finds the special names by their length first: most names of a
// request have none of these lengths or differ in the first letter.
func nameOf(name string) nameID {
	switch len(name) {
	case 4:
		return nameIf(name, "host", nameHost)
	case 6:
		if id := nameIf(name, "cookie", nameCookie); id != nameOther {
			return id
		}
		return nameIf(name, "expect", nameExpect)
	case 7:
		return nameIf(name, "upgrade", nameUpgrade)
	case 10:
		return nameIf(name, "connection", nameConnection)
	case 11:
		return nameIf(name, "content-md5", nameContentMD5)
	case 13:
		return nameIf(name, "authorization", nameAuthorization)
	case 14:
		return nameIf(name, "content-length", nameContentLength)
	case 15:
		return nameIf(name, "accept-encoding", nameAcceptEncoding)
	case 17:
		return nameIf(name, "transfer-encoding", nameTransferEncoding)
	case 19:
		return nameIf(name, "proxy-authorization", nameProxyAuthorization)
	}
	return nameOther
}

func nameIf(name, lower string, id nameID) nameID {
	if sameFold(name, lower) {
		return id
	}
	return nameOther
}

// isSecret says whether a value of this field may appear in no error text.
func (id nameID) isSecret() bool {
	return id == nameAuthorization || id == nameProxyAuthorization || id == nameCookie
}
