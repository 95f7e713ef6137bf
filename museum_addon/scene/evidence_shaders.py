"""What the graphics card is told: how a surface shows its evidence map, and how the legend's fields are filled."""

from __future__ import annotations

import gpu
from mathutils import Matrix

from ..core import evidence

LIFT = 5e-4
"""By which share of its distance the overlay stands nearer than the surface, so that neither flickers through."""

COMMON = """
/* Blender says by srgbTarget whether what is drawn into turns linear values into sRGB. */
vec4 for_screen(vec4 colour)
{
  if (!srgbTarget) {
    return colour;
  }
  vec3 low = colour.rgb / 12.92;
  vec3 high = pow((colour.rgb + 0.055) / 1.055, vec3(2.4));
  return vec4(mix(low, high, step(vec3(0.04045), colour.rgb)), colour.a);
}

/* 0 plain, 1 hatched, 2 dots, 3 crossed; what to multiply a colour by. In pixels of the screen, as in the legend. */
float pattern_at(float number, vec2 place, float unit)
{
  vec2 at = place / unit;
  float stripe = abs(fract((at.x + at.y) / 7.0) - 0.5) * 7.0;
  float counter = abs(fract((at.x - at.y) / 7.0) - 0.5) * 7.0;
  float dark = 0.0;
  if (number > 2.5) {
    dark = max(1.0 - smoothstep(0.4, 1.1, stripe), 1.0 - smoothstep(0.4, 1.1, counter));
  }
  else if (number > 1.5) {
    vec2 cell = (fract(at / 5.0) - 0.5) * 5.0;
    dark = 1.0 - smoothstep(0.6, 1.3, length(cell));
  }
  else if (number > 0.5) {
    dark = 1.0 - smoothstep(0.6, 1.3, stripe);
  }
  return 1.0 - 0.38 * dark;
}
"""

SURFACE_VERTEX = """
void main()
{
  lit = dot(normal, facing.xyz) * inversesqrt(max(dot(normal, normal), 1e-12));
  texture_place = uv;
  gl_Position = to_screen * vec4(position, 1.0);
  gl_Position.z += facing.w;
}
"""

SURFACE_FRAGMENT = """
vec3 code_at(ivec2 at)
{
  return floor(texelFetch(evidence, clamp(at, ivec2(0), textureSize(evidence, 0) - 1), 0).rgb * 255.0 + 0.5);
}

/* The margin around charts shows what lies beside it: half a texel of it is seen along every seam. */
vec3 settled_code(ivec2 at)
{
  vec3 code = code_at(at);
  if (code.r < GUTTER_FROM || code.r >= GUTTER_TO) {
    return code;
  }
  for (int ring = 1; ring <= 2; ring++) {
    for (int k = 0; k < 8; k++) {
      int turn = (k < 4) ? 2 * k : 2 * k - 7;
      ivec2 way = ivec2((turn < 2 || turn > 6) ? 1 : ((turn > 2 && turn < 6) ? -1 : 0),
                        (turn > 0 && turn < 4) ? 1 : ((turn > 4) ? -1 : 0));
      vec3 beside = code_at(at + ring * way);
      if (beside.r >= GUTTER_TO) {
        return beside;
      }
    }
  }
  return vec3(0.0, NO_VIEW, 0.0);
}

vec4 style_of(vec3 code)
{
  int what = int(style.z);
  if (what == 2 && code.g == NO_VIEW) {
    return texelFetch(colours, ivec2(int(code.r), 3), 0);
  }
  if (what == 0 || code.r < GUTTER_TO) {
    return texelFetch(colours, ivec2(int(code.r), 0), 0);
  }
  return (what == 1) ? texelFetch(colours, ivec2(int(code.b), 1), 0) :
                       texelFetch(colours, ivec2(int(code.g), 2), 0);
}

void main()
{
  vec2 size = vec2(textureSize(evidence, 0));
  vec2 across = dFdx(texture_place) * size;
  vec2 down = dFdy(texture_place) * size;
  vec2 at = ((style.w > 0.5) ? texture_place - floor(texture_place) : texture_place - offset) * size;
  vec4 middle = style_of(settled_code(ivec2(floor(at))));
  /* Colours are mixed, never codes: between observed and generated does not lie interpolated. */
  vec3 colour = vec3(0.0);
  for (int row = 0; row < 3; row++) {
    for (int column = 0; column < 3; column++) {
      vec2 tap = at + (float(column) - 1.0) / 3.0 * across + (float(row) - 1.0) / 3.0 * down;
      colour += style_of(settled_code(ivec2(floor(tap)))).rgb;
    }
  }
  colour /= 9.0;
  colour *= pattern_at(floor(middle.a * 4.0 + 0.5), gl_FragCoord.xy, style.y);
  shown = for_screen(vec4(colour * (0.62 + 0.38 * min(abs(lit), 1.0)), style.x));
}
"""

FIELD_VERTEX = """
void main()
{
  inside = position * box.zw;
  gl_Position = to_screen * vec4(box.xy + inside, 0.0, 1.0);
}
"""

FIELD_FRAGMENT = """
void main()
{
  /* style: pattern, radius, unit, and whether it is a bar of all confidences */
  vec4 filled = colour;
  if (style.w > 0.5) {
    filled.rgb = texelFetch(colours, ivec2(int(clamp(inside.x / box.z, 0.0, 1.0) * 255.0), 1), 0).rgb;
  }
  filled.rgb *= pattern_at(style.x, gl_FragCoord.xy, style.z);
  vec2 beyond = abs(inside - 0.5 * box.zw) - 0.5 * box.zw + style.y;
  float edge = length(max(beyond, vec2(0.0))) - style.y;
  filled.a *= clamp(0.5 - edge, 0.0, 1.0);
  shown = for_screen(filled);
}
"""


def surface_shader() -> gpu.types.GPUShader:
    """Draws triangles with their evidence. Only while something is drawn.

    to_screen: of the object. facing: of ``facing_of``. offset: of the tile. style: opacity, pixels of a line at a
    scale of 1, the number of what is shown, and whether the map repeats itself.
    """
    passed = gpu.types.GPUStageInterfaceInfo("museum_evidence_surface")
    passed.smooth("FLOAT", "lit")
    passed.smooth("VEC2", "texture_place")
    info = gpu.types.GPUShaderCreateInfo()
    first, last = evidence.gutter_codes()
    for name, value in (("GUTTER_FROM", first), ("GUTTER_TO", last), ("NO_VIEW", evidence.no_view())):
        info.define(name, f"{value}.0")
    for kind, name in (("MAT4", "to_screen"), ("VEC4", "facing"), ("VEC4", "style"), ("VEC2", "offset")):
        info.push_constant(kind, name)
    info.sampler(1, "FLOAT_2D", "evidence")
    for place, (kind, name) in enumerate((("VEC3", "position"), ("VEC3", "normal"), ("VEC2", "uv"))):
        info.vertex_in(place, kind, name)
    return _made(info, passed, SURFACE_VERTEX, SURFACE_FRAGMENT)


def field_shader() -> gpu.types.GPUShader:
    """Fills a rectangle with round corners, for the legend. Only while something is drawn.

    box: left, bottom, width and height. style: number of the pattern, radius, pixels of a line at a scale of 1, and
    whether it is a bar of all confidences.
    """
    passed = gpu.types.GPUStageInterfaceInfo("museum_evidence_field")
    passed.smooth("VEC2", "inside")
    info = gpu.types.GPUShaderCreateInfo()
    for kind, name in (("MAT4", "to_screen"), ("VEC4", "colour"), ("VEC4", "box"), ("VEC4", "style")):
        info.push_constant(kind, name)
    info.vertex_in(0, "VEC2", "position")
    return _made(info, passed, FIELD_VERTEX, FIELD_FRAGMENT)


def _made(
    info: gpu.types.GPUShaderCreateInfo, passed: gpu.types.GPUStageInterfaceInfo, vertex: str, fragment: str
) -> gpu.types.GPUShader:
    """With what both have in common. Constants stay below 128 bytes, which every graphics card has room for."""
    info.push_constant("BOOL", "srgbTarget")
    info.sampler(0, "FLOAT_2D", "colours")
    info.vertex_out(passed)
    info.fragment_out(0, "VEC4", "shown")
    info.vertex_source(vertex)
    info.fragment_source(COMMON + fragment)
    return gpu.shader.create_from_info(info)


def facing_of(model_view: Matrix, projection: Matrix) -> tuple[float, float, float, float]:
    """Of an object: the axis along which it is looked at, in its own space, and by what its depth is lifted.

    Lifted along the lines of sight towards the eye, points stay where they are in the picture, and by the same share of
    their distance all get the same depth added: the factor of w falls out of the projection.
    """
    axis = model_view.row[2].to_3d().normalized()
    if projection[3][3] == 0.0:
        lift = projection[2][3] * LIFT / (1.0 - LIFT)
    else:
        lift = projection[2][2] * LIFT * 2.0 / projection[1][1]
    return axis.x, axis.y, axis.z, lift
