//! Paints the window on computers without a GPU, where pixels are computed by the processor.
//!
//! egui's own renderer serves every driver with one shader that branches on its options, and software drivers run both
//! sides of a branch for every pixel. Here the same triangles go through two small pipelines: one for letters, pictures and
//! soft edges, one without texture and blending for the insides of panels, which are most of a window. Where there is a
//! GPU none of this is used.

use std::collections::HashMap;
use std::mem;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};
use egui::epaint::textures::{TextureFilter, TextureOptions, TextureWrapMode};
use egui::epaint::{ClippedPrimitive, ClippedShape, ImageData, ImageDelta, Mesh, Primitive, Shape, Vertex, WHITE_UV};
use egui::{FullOutput, PaintCallbackInfo, Rect, TextureId, TexturesDelta};

/// Triangles smaller than this many square points are not worth a draw call of their own.
const LARGE: f32 = 600.0;

/// Takes over the painting if the adapter is a processor, and says whether it did. To be called before the first frame.
pub fn install(cc: &eframe::CreationContext<'_>) -> bool {
    let Some(state) = &cc.wgpu_render_state else { return false };
    // egui prefers framebuffers that are not sRGB aware; the shader knows only those.
    let needed = state.adapter.get_info().device_type == wgpu::DeviceType::Cpu && !state.target_format.is_srgb();
    if needed {
        let waiting = Waiting::default();
        let painter = Painter::new(state, Arc::clone(&waiting));
        state.renderer.write().callback_resources.insert(painter);
        cc.egui_ctx.add_plugin(TakeOver { waiting });
    }
    needed
}

/// Changes of textures that are not on the device yet: a frame may be made and never painted, so that several frames'
/// changes come together. Whole contents replace what was there before, so this does not grow with frames that nobody sees.
type Waiting = Arc<Mutex<TexturesDelta>>;

fn lock(waiting: &Waiting) -> MutexGuard<'_, TexturesDelta> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands a frame's shapes to [`Painter`] as one shape.
struct TakeOver {
    waiting: Waiting,
}

impl egui::Plugin for TakeOver {
    fn debug_name(&self) -> &'static str {
        "software painter"
    }

    fn output_hook(&mut self, ctx: &egui::Context, output: &mut FullOutput) {
        lock(&self.waiting).append(output.textures_delta.clone());
        let foreign = |shape: &ClippedShape| matches!(shape.shape, Shape::Callback(_));
        if output.shapes.is_empty() || output.shapes.iter().any(foreign) {
            return;
        }
        let frame = Frame::of(&ctx.tessellate(mem::take(&mut output.shapes), output.pixels_per_point));
        let whole = ctx.viewport_rect();
        let shape = Shape::Callback(Callback::new_paint_callback(whole, frame));
        output.shapes = vec![ClippedShape::new(whole, shape)];
    }
}

impl Drop for TakeOver {
    fn drop(&mut self) {
        // The window is gone; epaint wants to hear that the rest is not needed.
        lock(&self.waiting).clear();
    }
}

/// Triangles in the order of painting.
#[derive(Default)]
struct Frame {
    vertices: Vec<Vertex>,
    indices: Vec<u32>,
    draws: Vec<Draw>,
}

/// Neighbouring triangles that are painted in one go.
struct Draw {
    clip: Rect,
    texture: TextureId,
    plain: bool,
    indices: Range<u32>,
}

impl Frame {
    fn of(primitives: &[ClippedPrimitive]) -> Self {
        let mut frame = Self::default();
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            if let Primitive::Mesh(mesh) = primitive {
                frame.add(*clip_rect, mesh);
            }
        }
        frame
    }

    fn add(&mut self, clip: Rect, mesh: &Mesh) {
        let base = self.vertices.len() as u32;
        self.vertices.extend(&mesh.vertices);
        let first = self.draws.len();
        for corners in mesh.indices.chunks_exact(3) {
            let corners = [corners[0], corners[1], corners[2]];
            let plain = is_large_and_plain(corners.map(|corner| &mesh.vertices[corner as usize]));
            let from = self.indices.len() as u32;
            self.indices.extend(corners.map(|corner| base + corner));
            match self.draws[first..].last_mut() {
                Some(last) if last.plain == plain => last.indices.end += 3,
                _ => self.draws.push(Draw { clip, texture: mesh.texture_id, plain, indices: from..from + 3 }),
            }
        }
    }
}

/// Whether nothing of the texture and nothing of what lies below can be seen in a triangle, and it is worth knowing.
fn is_large_and_plain(corners: [&Vertex; 3]) -> bool {
    let [a, b, c] = corners.map(|corner| corner.pos);
    let (u, v) = (b - a, c - a);
    corners.iter().all(|corner| corner.uv == WHITE_UV && corner.color.is_opaque())
        && (u.x * v.y - u.y * v.x).abs() > 2.0 * LARGE
}

impl CallbackTrait for Frame {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(painter) = resources.get_mut::<Painter>() {
            painter.update_textures(device, queue);
            let size = screen.size_in_pixels.map(|pixels| pixels as f32 / screen.pixels_per_point);
            queue.write_buffer(&painter.screen, 0, bytemuck::cast_slice(&size));
            painter.vertices.write(device, queue, bytemuck::cast_slice(&self.vertices));
            painter.indices.write(device, queue, bytemuck::cast_slice(&self.indices));
        }
        Vec::new()
    }

    fn paint(&self, info: PaintCallbackInfo, pass: &mut wgpu::RenderPass<'static>, resources: &CallbackResources) {
        let Some(painter) = resources.get::<Painter>() else { return };
        let [width, height] = info.screen_size_px;
        pass.set_viewport(0.0, 0.0, width as f32, height as f32, 0.0, 1.0);
        pass.set_bind_group(0, &painter.screen_group, &[]);
        pass.set_vertex_buffer(0, painter.vertices.buffer.slice(..));
        pass.set_index_buffer(painter.indices.buffer.slice(..), wgpu::IndexFormat::Uint32);
        for draw in &self.draws {
            let Some(texture) = painter.textures.get(&draw.texture) else { continue };
            let Some([x, y, w, h]) = pixels(draw.clip, info.pixels_per_point, info.screen_size_px) else { continue };
            pass.set_scissor_rect(x, y, w, h);
            pass.set_pipeline(if draw.plain { &painter.plain } else { &painter.textured });
            pass.set_bind_group(1, &texture.group, &[]);
            pass.draw_indexed(draw.indices.clone(), 0, 0..1);
        }
    }
}

/// Left, top, width and height of a clip rectangle on a screen of `size` pixels, if any of it is there.
fn pixels(clip: Rect, pixels_per_point: f32, size: [u32; 2]) -> Option<[u32; 4]> {
    let edge = |points: f32, end: u32| ((points * pixels_per_point).round().max(0.0) as u32).min(end);
    let (left, right) = (edge(clip.min.x, size[0]), edge(clip.max.x, size[0]));
    let (top, bottom) = (edge(clip.min.y, size[1]), edge(clip.max.y, size[1]));
    (left < right && top < bottom).then(|| [left, top, right - left, bottom - top])
}

/// What stays on the device between frames.
struct Painter {
    textured: wgpu::RenderPipeline,
    plain: wgpu::RenderPipeline,
    screen: wgpu::Buffer,
    screen_group: wgpu::BindGroup,
    vertices: Growing,
    indices: Growing,
    texture_layout: wgpu::BindGroupLayout,
    textures: HashMap<TextureId, Texture>,
    waiting: Waiting,
    /// Freed by the frame before, which was still painted with them.
    freed: Vec<TextureId>,
}

struct Texture {
    texture: wgpu::Texture,
    options: TextureOptions,
    group: wgpu::BindGroup,
}

impl Painter {
    fn new(state: &RenderState, waiting: Waiting) -> Self {
        let device = &state.device;
        let module = device.create_shader_module(wgpu::include_wgsl!("../../../shaders/window.wgsl"));
        let screen = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("window size"),
            size: 8,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let uniform = wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: false,
            min_binding_size: None,
        };
        let screen_layout = layout(device, wgpu::ShaderStages::VERTEX, &[uniform]);
        let picture = wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable: true },
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        };
        let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
        let texture_layout = layout(device, wgpu::ShaderStages::FRAGMENT, &[picture, sampler]);
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(&screen_layout), Some(&texture_layout)],
            immediate_size: 0,
        });
        let pipeline = |fragment, blend| pipeline(state, &module, &pipeline_layout, fragment, blend);
        Self {
            textured: pipeline("textured", Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING)),
            plain: pipeline("plain", None),
            screen_group: group(device, &screen_layout, [screen.as_entire_binding()]),
            screen,
            vertices: Growing::new(device, wgpu::BufferUsages::VERTEX),
            indices: Growing::new(device, wgpu::BufferUsages::INDEX),
            texture_layout,
            textures: HashMap::new(),
            waiting,
            freed: Vec::new(),
        }
    }

    fn update_textures(&mut self, device: &wgpu::Device, queue: &wgpu::Queue) {
        let mut changes = mem::take(&mut *lock(&self.waiting));
        for texture in mem::take(&mut self.freed) {
            self.textures.remove(&texture);
        }
        for (id, deltas) in changes.set.drain() {
            deltas.iter().for_each(|delta| self.update_texture(device, queue, id, delta));
        }
        self.freed.extend(changes.free.drain());
    }

    fn update_texture(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let [width, height] = image.size.map(|side| side as u32);
        let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
        let known = self.textures.get(&id);
        let fits = |known: &Texture| known.texture.size() == size && known.options == delta.options;
        if delta.pos.is_none() && !known.is_some_and(fits) {
            let texture = Texture::new(device, &self.texture_layout, size, delta.options);
            self.textures.insert(id, texture);
        }
        let Some(Texture { texture, .. }) = self.textures.get(&id) else { return };
        let [x, y] = delta.pos.unwrap_or_default().map(|at| at as u32);
        let place = wgpu::TexelCopyTextureInfo { origin: wgpu::Origin3d { x, y, z: 0 }, ..texture.as_image_copy() };
        let rows = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * width), rows_per_image: None };
        queue.write_texture(place, bytemuck::cast_slice(&image.pixels), rows, size);
    }
}

impl Texture {
    fn new(
        device: &wgpu::Device,
        layout: &wgpu::BindGroupLayout,
        size: wgpu::Extent3d,
        options: TextureOptions,
    ) -> Self {
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let filter = |filter| match filter {
            TextureFilter::Nearest => wgpu::FilterMode::Nearest,
            TextureFilter::Linear => wgpu::FilterMode::Linear,
        };
        let address_mode = match options.wrap_mode {
            TextureWrapMode::ClampToEdge => wgpu::AddressMode::ClampToEdge,
            TextureWrapMode::Repeat => wgpu::AddressMode::Repeat,
            TextureWrapMode::MirroredRepeat => wgpu::AddressMode::MirrorRepeat,
        };
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            mag_filter: filter(options.magnification),
            min_filter: filter(options.minification),
            address_mode_u: address_mode,
            address_mode_v: address_mode,
            ..Default::default()
        });
        let view = wgpu::BindingResource::TextureView(&texture.create_view(&wgpu::TextureViewDescriptor::default()));
        let group = group(device, layout, [view, wgpu::BindingResource::Sampler(&sampler)]);
        Self { texture, options, group }
    }
}

/// A buffer that grows with what is written.
struct Growing {
    buffer: wgpu::Buffer,
    usage: wgpu::BufferUsages,
}

impl Growing {
    fn new(device: &wgpu::Device, usage: wgpu::BufferUsages) -> Self {
        Self { buffer: Self::make(device, usage, 1 << 18), usage }
    }

    fn make(device: &wgpu::Device, usage: wgpu::BufferUsages, size: u64) -> wgpu::Buffer {
        let usage = usage | wgpu::BufferUsages::COPY_DST;
        device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
    }

    fn write(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, bytes: &[u8]) {
        let needed = bytes.len() as u64;
        if needed > self.buffer.size() {
            self.buffer = Self::make(device, self.usage, needed.next_power_of_two());
        }
        queue.write_buffer(&self.buffer, 0, bytes);
    }
}

fn layout(device: &wgpu::Device, visibility: wgpu::ShaderStages, types: &[wgpu::BindingType]) -> wgpu::BindGroupLayout {
    let entry = |(at, ty): (usize, &wgpu::BindingType)| wgpu::BindGroupLayoutEntry {
        binding: at as u32,
        visibility,
        ty: *ty,
        count: None,
    };
    let entries: Vec<_> = types.iter().enumerate().map(entry).collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
}

fn group<const N: usize>(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    resources: [wgpu::BindingResource<'_>; N],
) -> wgpu::BindGroup {
    let entry = |(at, resource)| wgpu::BindGroupEntry { binding: at as u32, resource };
    let entries: Vec<_> = resources.into_iter().enumerate().map(entry).collect();
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
}

fn pipeline(
    state: &RenderState,
    module: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    fragment: &str,
    blend: Option<wgpu::BlendState>,
) -> wgpu::RenderPipeline {
    let vertices = wgpu::VertexBufferLayout {
        array_stride: size_of::<Vertex>() as u64,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Uint32],
    };
    state.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(fragment),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some("corner"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[Some(vertices)],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format: state.target_format,
                blend,
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
