package onnx

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"marvelgen/gen/nn/onnx/schema"
)

// maxMessages is how many messages and strings a file may hold. An empty one is two
// bytes there and some two hundred in memory; the largest real networks have a few
// ten thousand.
const maxMessages = 1 << 18

// decode unpacks a file. It takes at most 100 MB and nine times the file: what is
// worst after the messages, whose number is bounded here, is a list of integers of
// one byte each, which become eight.
func decode(data []byte) (*schema.Model, error) {
	m := new(schema.Model)
	if err := unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("damaged, or no ONNX model: %w", err)
	}
	return m, nil
}

func unmarshal(data []byte, m proto.Message) error {
	left := maxMessages
	if err := scan(m.ProtoReflect().Descriptor(), data, &left); err != nil {
		return err
	}
	if err := (proto.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: 16}).Unmarshal(data, m); err != nil {
		return errors.New("its parts do not unpack")
	}
	return nil
}

// scan counts the messages and strings that unpacking data would make.
func scan(of protoreflect.MessageDescriptor, data []byte, left *int) error {
	fields := of.Fields()
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return fmt.Errorf("the field behind %d bytes from its message's end does not parse", len(data))
		}
		data = data[n:]
		if n = protowire.ConsumeFieldValue(number, kind, data); n < 0 {
			return fmt.Errorf("field %d is cut off or of an unknown kind", number)
		}
		value := data[:n]
		data = data[n:]
		f := fields.ByNumber(number)
		if f == nil || kind != protowire.BytesType || f.Message() == nil && f.Kind() != protoreflect.StringKind {
			continue
		}
		if *left--; *left < 0 {
			return fmt.Errorf("more than %d messages and names", maxMessages)
		}
		if f.Message() != nil {
			inner, _ := protowire.ConsumeBytes(value)
			if err := scan(f.Message(), inner, left); err != nil {
				return err
			}
		}
	}
	return nil
}
