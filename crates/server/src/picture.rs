//! Pictures that people send: decoded within limits, turned upright, cut to a square, made anew.
//!
//! What comes out was made here from pixels alone: whatever else the file held (metadata, places, another file behind the
//! picture) is not in it. It is a JPEG: photographs are what people send, lists show fifty of them at once, and as PNG or
//! lossless WebP each would weigh some five times as much. What is transparent becomes white.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

/// Most bytes of a file.
pub const MOST_BYTES: usize = 5 << 20;
/// The type of what is made.
pub const CONTENT_TYPE: &str = "image/jpeg";
/// Pixels of each side of what is made.
pub const SIDE: u32 = 256;
/// Most pixels of a side.
const MOST_SIDE: u32 = 8000;
/// Most pixels in all.
const MOST_PIXELS: u64 = 40_000_000;
/// Most bytes that decoding may take.
const MOST_MEMORY: u64 = 192 << 20;
/// Of 100.
const QUALITY: u8 = 88;
/// What is decoded; the type that somebody declared does not matter.
const FORMATS: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It has too many bytes.
    TooLarge,
    /// It has too many pixels.
    TooManyPixels,
    /// It is none of the formats.
    NoPicture,
    /// It is broken.
    Damaged,
}

impl Unfit {
    /// What is wrong and how to mend it, for people.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::TooLarge => "The picture has more than 5 MB. Choose a smaller one.",
            Self::TooManyPixels => {
                "The picture has too many pixels: at most 8000 on a side and 40 million in all. Choose a smaller one."
            }
            Self::NoPicture => "This is no picture that is understood here. Choose a PNG, JPEG, WebP or GIF.",
            Self::Damaged => "The picture is damaged or incomplete. Choose another, or save it anew first.",
        }
    }
}

/// Makes the picture to be kept from the file.
///
/// # Errors
/// If the file is not fit for it.
pub fn make(file: &[u8]) -> Result<Vec<u8>, Unfit> {
    if file.len() > MOST_BYTES {
        return Err(Unfit::TooLarge);
    }
    // The decoders are not expected to panic; if one does, the file is at fault and nobody else.
    catch_unwind(AssertUnwindSafe(|| decode(file).map(square).and_then(|image| encode(&image))))
        .unwrap_or(Err(Unfit::Damaged))
}

/// The first picture in the file, upright.
fn decode(file: &[u8]) -> Result<DynamicImage, Unfit> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| Unfit::NoPicture)?;
    if !reader.format().is_some_and(|format| FORMATS.contains(&format)) {
        return Err(Unfit::NoPicture);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unfit)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Unfit::Damaged);
    }
    // Before a single pixel is read.
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(Unfit::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(unfit)?;
    image.apply_orientation(orientation);
    Ok(image)
}

#[expect(clippy::needless_pass_by_value, reason = "the decoder gives its error away")]
fn unfit(error: ImageError) -> Unfit {
    match error {
        ImageError::Limits(_) => Unfit::TooManyPixels,
        _ => Unfit::Damaged,
    }
}

/// The middle of it, as a square of the side wanted.
fn square(image: DynamicImage) -> RgbImage {
    let side = image.width().min(image.height());
    let (x, y) = ((image.width() - side) / 2, (image.height() - side) / 2);
    let middle = image.crop_imm(x, y, side, side);
    drop(image);
    let small = middle.resize_exact(SIDE, SIDE, FilterType::Lanczos3).into_rgba8();
    let mut flat = RgbImage::new(SIDE, SIDE);
    for (pixel, seen) in flat.pixels_mut().zip(small.pixels()) {
        let [red, green, blue, alpha] = seen.0;
        pixel.0 = [red, green, blue].map(|value| over_white(value, alpha));
    }
    flat
}

/// A channel's value with white behind it.
fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
}

fn encode(image: &RgbImage) -> Result<Vec<u8>, Unfit> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, QUALITY).encode_image(image).map_err(|_| Unfit::Damaged)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of this size, its left half red and its right half blue.
    fn halves(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, _| image::Rgb(if x < width / 2 { [255, 0, 0] } else { [0, 0, 255] }))
    }

    fn file(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    fn made(file: &[u8]) -> RgbImage {
        image::load_from_memory_with_format(&make(file).unwrap(), ImageFormat::Jpeg).unwrap().into_rgb8()
    }

    fn is_red(pixel: image::Rgb<u8>) -> bool {
        pixel.0[0] > 200 && pixel.0[2] < 60
    }

    #[test]
    fn each_format_becomes_a_square_of_one_size() {
        for format in FORMATS {
            let image = made(&file(&halves(300, 120), format));
            assert_eq!(image.dimensions(), (SIDE, SIDE), "{format:?}");
            assert!(is_red(*image.get_pixel(10, 128)) && !is_red(*image.get_pixel(245, 128)), "{format:?}");
        }
        assert_eq!(made(&file(&halves(1, 1), ImageFormat::Png)).dimensions(), (SIDE, SIDE));
        assert_eq!(made(&file(&halves(1, 8000), ImageFormat::Png)).dimensions(), (SIDE, SIDE));
    }

    /// A JPEG with an Exif segment that says how the camera was held, and where.
    fn turned(orientation: u8) -> Vec<u8> {
        let plain = file(&halves(64, 64), ImageFormat::Jpeg);
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        exif.extend(b"52.5200N 13.4050E");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&plain[..2], &[0xff, 0xe1], &length, &exif, &plain[2..]].concat()
    }

    #[test]
    fn the_camera_is_held_as_it_was_and_nothing_else_is_kept() {
        // 6: turned by 90 degrees, so that left is up.
        let image = made(&turned(6));
        assert!(is_red(*image.get_pixel(128, 10)) && !is_red(*image.get_pixel(128, 245)));
        let image = made(&turned(3));
        assert!(!is_red(*image.get_pixel(10, 128)) && is_red(*image.get_pixel(245, 128)));
        let kept = make(&turned(1)).unwrap();
        let holds = |part: &[u8]| kept.windows(part.len()).any(|window| window == part);
        assert!(!holds(b"Exif") && !holds(b"52.5200N"));
    }

    #[test]
    fn what_is_transparent_becomes_white() {
        let clear = image::RgbaImage::from_pixel(20, 20, image::Rgba([255, 0, 0, 0]));
        let mut file = Cursor::new(Vec::new());
        clear.write_to(&mut file, ImageFormat::Png).unwrap();
        assert!(made(&file.into_inner()).get_pixel(128, 128).0.iter().all(|value| *value > 250));
    }

    /// The first bytes of a PNG of this size, with a good checksum, as far as the first pixels.
    fn header(width: u32, height: u32) -> Vec<u8> {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend(width.to_be_bytes());
        chunk.extend(height.to_be_bytes());
        chunk.extend([8, 2, 0, 0, 0]);
        let sum = chunk.iter().fold(u32::MAX, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
        });
        [b"\x89PNG\r\n\x1a\n\0\0\0\x0d".as_slice(), &chunk, &(!sum).to_be_bytes(), b"\0\0\0\x02IDAT\x78\x9c"].concat()
    }

    #[test]
    fn what_is_no_fit_picture_is_told_so() {
        assert_eq!(make(b""), Err(Unfit::NoPicture));
        assert_eq!(make(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Err(Unfit::NoPicture));
        assert!(make(b"GIF89a<script>alert(1)</script>").is_err());
        assert_eq!(make(b"%PDF-1.7"), Err(Unfit::NoPicture));
        assert_eq!(make(&vec![0; MOST_BYTES + 1]), Err(Unfit::TooLarge));
        let whole = file(&halves(200, 200), ImageFormat::Png);
        assert_eq!(make(&whole[..whole.len() / 2]), Err(Unfit::Damaged));
        for (width, height) in [(1, 30_000), (30_000, 1), (8000, 8000), (60_000, 60_000)] {
            assert!(matches!(make(&header(width, height)), Err(Unfit::TooManyPixels)), "{width} × {height}");
        }
        for (width, height) in [(0, 0), (0, 5)] {
            assert!(matches!(make(&header(width, height)), Err(Unfit::Damaged)), "{width} × {height}");
        }
    }

    #[test]
    fn no_cut_and_no_flipped_byte_breaks_a_decoder() {
        for format in FORMATS {
            let whole = file(&halves(24, 24), format);
            for place in (0..whole.len()).step_by(2) {
                let _ = decode(&whole[..place]);
                let mut bent = whole.clone();
                bent[place] ^= 0xff;
                let _ = decode(&bent);
            }
        }
    }
}
