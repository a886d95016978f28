// How each shape is written, one function a shape; the rows of shapes() point to them.
#pragma once
#include "specs/generate/generate.hpp"

namespace nsbuild::specs {

std::string write_ring(unsigned n, const Extras& extras);
std::string write_line(unsigned n, const Extras& extras);
std::string write_star(unsigned n, const Extras& extras);
std::string write_tree(unsigned n, const Extras& extras);
std::string write_mesh(unsigned n, const Extras& extras);
std::string write_clos(unsigned n, const Extras& extras);

}  // namespace nsbuild::specs
