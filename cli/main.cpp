#include "cli/app.hpp"

int main(int argc, char** argv) { return nsbuild::cli::run({argv + 1, argv + argc}); }
