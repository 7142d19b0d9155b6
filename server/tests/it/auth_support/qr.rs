//! A scanner of QR codes, such as authenticator apps have: it looks at the picture, and the product's
//! library is not compared with itself.

use super::Outcome;
use rqrr::PreparedImage;

/// The text in a picture of black rectangles on white, as a camera would see it.
pub(crate) fn scan(svg: &str) -> Outcome<String> {
    let side: usize = between(svg, " width=\"", "\"")?.parse()?;
    let mut dark = vec![false; side * side];
    // Each is `M{left} {top}h{width}v{height}H{left}V{top}`.
    for rectangle in between(svg, " d=\"M", "\"")?.split('M') {
        let numbers = rectangle.split(|letter: char| !letter.is_ascii_digit());
        let numbers: Vec<usize> = numbers.map(str::parse).collect::<Result<_, _>>()?;
        let [left, top, width, height, ..] = numbers.as_slice() else {
            return Err(format!("no rectangle: {rectangle}").into());
        };
        for row in *top..top + height {
            let row = dark.get_mut(row * side + left..row * side + left + width);
            row.ok_or("a rectangle sticks out")?.fill(true);
        }
    }
    let mut picture = PreparedImage::prepare_from_greyscale(side, side, |x, y| {
        let is_dark = dark.get(y * side + x).copied().unwrap_or_default();
        if is_dark { 0 } else { 255 }
    });
    let codes = picture.detect_grids();
    let [code] = codes.as_slice() else {
        return Err(format!("{} codes in the picture", codes.len()).into());
    };
    Ok(code.decode()?.1)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Outcome<&'a str> {
    let (_, rest) = text
        .split_once(before)
        .ok_or_else(|| format!("no {before}"))?;
    let (found, _) = rest
        .split_once(after)
        .ok_or_else(|| format!("no {after}"))?;
    Ok(found)
}
