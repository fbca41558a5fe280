// A PJRT plugin that runs on the CPU, made of the XLA inside TensorFlow's package. For tests only: it takes the way
// that a plugin of a GPU takes, and can be told to fail.
//
// Compiled as one piece, because XLA's headers take most of a minute.
#include "api.cc"
#include "buffers.cc"
#include "client.cc"
#include "programs.cc"
