// The window on computers without a GPU, where every instruction of a pixel is paid by the processor.
// The same pictures as egui's own shader for framebuffers that are not sRGB aware, without its options: software drivers run
// both sides of a branch for every pixel. Colours are premultiplied and gamma encoded, as egui hands them out.

struct Screen {
    // In points.
    size: vec2<f32>,
}

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) at: vec2<f32>,
    @location(1) color: vec4<f32>,
}

@group(0) @binding(0) var<uniform> screen: Screen;
@group(1) @binding(0) var picture: texture_2d<f32>;
@group(1) @binding(1) var filtered: sampler;

// `color`: red in the lowest byte, alpha in the highest.
@vertex
fn corner(@location(0) point: vec2<f32>, @location(1) at: vec2<f32>, @location(2) color: u32) -> Corner {
    let place = vec2(2.0, -2.0) * point / screen.size + vec2(-1.0, 1.0);
    return Corner(vec4(place, 0.0, 1.0), at, unpack4x8unorm(color));
}

// Letters, pictures, soft edges.
@fragment
fn textured(in: Corner) -> @location(0) vec4<f32> {
    return in.color * textureSample(picture, filtered, in.at);
}

// The insides of panels and cards.
@fragment
fn plain(in: Corner) -> @location(0) vec4<f32> {
    return in.color;
}
