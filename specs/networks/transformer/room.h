// Little room for input: what rows are copied to, and tables.
#ifndef TRANSFORMER_ROOM_H
#define TRANSFORMER_ROOM_H

#ifndef COMMON_INPUT_BYTES
#define COMMON_INPUT_BYTES (1 << 12)
#endif

#endif
