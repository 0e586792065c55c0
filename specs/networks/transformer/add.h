// Sums of two tensors, by tables, as cnn/add.h has them; tables come in quickly, and
// few elements are left to the core.
#ifndef TRANSFORMER_ADD_H
#define TRANSFORMER_ADD_H

#ifndef MARVELGEN_EMULATE

#include "../cnn/add.h"

#endif
#endif
