// Pictures on their way to the server, and from it.
import { h } from './dom.js';
import { blobUrl } from './server.js';

const LargestSide = 1024;
const LargestFile = 512 * 1024;
const Taken = ['image/jpeg', 'image/png', 'image/webp'];

/**
 * What the server takes: the file itself where it is a JPEG, PNG or WebP of a sane size, otherwise a picture made of it.
 * @param file A File or Blob.
 * @param shrink Scale it down to what a question needs; false keeps every pixel.
 * @returns {Promise<Blob>}
 */
export async function prepare(file, shrink) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name || 'This'} can't be read as a picture.`);
  }
  const scale = shrink ? Math.min(1, LargestSide / Math.max(bitmap.width, bitmap.height)) : 1;
  if (Taken.includes(file.type) && (!shrink || (scale === 1 && file.size <= LargestFile))) {
    bitmap.close();
    return file;
  }
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
  return new Promise((resolve, reject) => canvas.toBlob(
    blob => blob ? resolve(blob) : reject(new Error('The picture is too large for this browser.')), shrink ? 'image/jpeg' : 'image/png', 0.9));
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
