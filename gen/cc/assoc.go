package cc

// assoc is a map of so few keys that to look through them all is quickest.
type assoc[K comparable, V any] []pair[K, V]

type pair[K comparable, V any] struct {
	key   K
	value V
}

// find is a key's value, if it has one.
func (a assoc[K, V]) find(key K) (value V, ok bool) {
	for i := range a {
		if a[i].key == key {
			return a[i].value, true
		}
	}
	return value, false
}

// of is a key's value, or the zero value.
func (a assoc[K, V]) of(key K) V {
	v, _ := a.find(key)
	return v
}

// set gives a key a value.
func (a *assoc[K, V]) set(key K, value V) {
	for i := range *a {
		if (*a)[i].key == key {
			(*a)[i].value = value
			return
		}
	}
	*a = append(*a, pair[K, V]{key, value})
}
