// Pictures on their way to the server, and from it.
import { h } from './dom.js';
import { blobUrl } from './server.js';

// Of what is scaled down for a question.
const ScaledSide = 1024;
// Of a question's picture that is sent as it is: eleven of them fit into a request.
const LargestFile = 4 * 1024 * 1024;
// More than these the server does not decode.
const MostPixels = 64 * 1024 * 1024;
const LargestSide = 16384;
const Taken = ['image/jpeg', 'image/png', 'image/webp'];

// Pictures that were made here, of files that are larger or of another kind.
const made = new WeakSet();

/**
 * What the server takes: the file itself where it is a JPEG, PNG or WebP of a sane size, otherwise a picture made of it, which no document holds byte for byte any more.
 * @param file A File or Blob.
 * @param shrink What is too large is scaled down to what a question needs; false keeps every pixel.
 * @returns {Promise<Blob>}
 */
export async function prepare(file, shrink) {
  const bitmap = await decode(file);
  const side = Math.max(bitmap.width, bitmap.height);
  const sane = file.size <= LargestFile && side <= LargestSide && bitmap.width * bitmap.height <= MostPixels;
  if (Taken.includes(file.type) && (sane || !shrink)) {
    bitmap.close();
    return file;
  }
  return draw(bitmap, shrink);
}

/** Whether it is a file as somebody gave it. */
export const isAsGiven = blob => !made.has(blob);

/**
 * A picture of a question that the server does not take as it is.
 * @returns {Promise<Blob>}
 */
export async function reduce(blob) {
  return isAsGiven(blob) ? draw(await decode(blob), true) : blob;
}

async function decode(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name || 'This'} can't be read as a picture.`);
  }
}

async function draw(bitmap, shrink) {
  const scale = shrink ? Math.min(1, ScaledSide / Math.max(bitmap.width, bitmap.height)) : 1;
  const canvas = h('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext('2d');
  if (shrink) {
    // JPEG knows no transparency: what shines through is white, as on paper.
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const drawn = await new Promise((resolve, reject) => canvas.toBlob(
    blob => blob ? resolve(blob) : reject(new Error('The picture is too large for this browser.')), shrink ? 'image/jpeg' : 'image/png', 0.9));
  made.add(drawn);
  return drawn;
}

export async function base64(blob) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("The file can't be read."));
    reader.readAsDataURL(blob);
  });
  return url.slice(url.indexOf(',') + 1);
}

export const isPicture = file => file.type.startsWith('image/');

/** A stored picture, fetched once it is about to be seen. */
export function storedPicture(sha256, alt, className) {
  const picture = h('img', { class: className, alt: alt || 'Picture without a description' });
  const seen = new IntersectionObserver(async entries => {
    if (!entries.some(entry => entry.isIntersecting)) return;
    seen.disconnect();
    try {
      picture.src = await blobUrl(sha256);
    } catch (error) {
      picture.replaceWith(h('span', { class: 'soft' }, `${alt || 'Picture'}: ${error.message}`));
    }
  }, { rootMargin: '200px' });
  seen.observe(picture);
  return picture;
}
