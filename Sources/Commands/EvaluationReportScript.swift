import Files

/// The script of a report: a matrix with zoom, hover, examples and a slider over epochs.
enum EvaluationReportScript {
    static let text: Markup = """
        'use strict';
        (() => {
          const data = JSON.parse(document.getElementById('matrixData').textContent);
          const canvas = document.getElementById('matrix'), context = canvas.getContext('2d');
          const tip = document.getElementById('cell'), panel = document.getElementById('examples');
          const slider = document.getElementById('epoch'), epochName = document.getElementById('epochName');
          const load = uri => { const image = new Image(); image.src = uri; return image; };
          const images = data.frames.map(frame => load(frame.image)), atlas = load(data.atlas);
          const counts = data.frames.map(frame => {
            if (!frame.cells) { return null; }
            const bytes = Uint8Array.from(atob(frame.cells), c => c.charCodeAt(0));
            const words = new Uint32Array(bytes.buffer), map = new Map();
            for (let i = 0; i < words.length; i += 3) { map.set(words[i] * data.side + words[i + 1], words[i + 2]); }
            return map;
          });
          const margin = 120, size = canvas.width - margin;
          let frame = data.frames.length - 1, scale = size / data.side, left = 0, top = 0, grip = null;
          const least = scale, most = Math.max(40, 8 * least);

          // Of the rows and columns in sight, where there is room.
          const drawNames = () => {
            context.fillStyle = getComputedStyle(document.body).color;
            context.font = '13px system-ui, sans-serif';
            context.textAlign = 'right';
            context.textBaseline = 'middle';
            for (let i = 0; i < data.side; i += 1) {
              const x = left + (i + 0.5) * scale, y = top + (i + 0.5) * scale;
              if (y > 0 && y < size) { context.fillText(data.names[i], margin - 8, y, margin - 8); }
              if (x < 0 || x > size) { continue; }
              context.save();
              context.translate(margin + x, size + 8);
              context.rotate(-Math.PI / 2);
              context.fillText(data.names[i], 0, 0, margin - 8);
              context.restore();
            }
          };
          const draw = () => {
            context.clearRect(0, 0, canvas.width, canvas.height);
            context.save();
            context.beginPath();
            context.rect(margin, 0, size, size);
            context.clip();
            context.imageSmoothingEnabled = scale < 1;
            context.fillStyle = data.ground;
            context.fillRect(margin, 0, size, size);
            const image = images[frame];
            if (image.complete) {
              context.drawImage(image, margin + left, top, data.side * scale, data.side * scale);
            }
            context.restore();
            if (scale >= 13) { drawNames(); }
            if (epochName) { epochName.value = data.frames[frame].title; }
          };
          const keepInside = () => {
            left = Math.min(0, Math.max(size - data.side * scale, left));
            top = Math.min(0, Math.max(size - data.side * scale, top));
          };
          const place = event => {
            const box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
            return { x: (event.clientX - box.left) * ratio - margin, y: (event.clientY - box.top) * ratio, box, ratio };
          };
          const cellAt = at => {
            if (at.x < 0 || at.y > size) { return null; }
            const column = Math.floor((at.x - left) / scale), row = Math.floor((at.y - top) / scale);
            return row >= 0 && column >= 0 && row < data.side && column < data.side ? { row, column } : null;
          };
          const describe = cell => {
            const truth = data.names[cell.row], label = data.names[cell.column], known = counts[frame];
            const count = known ? known.get(cell.row * data.side + cell.column) || 0 : null;
            return truth + (cell.row === cell.column ? ', right' : ' → ' + label) + (count === null ? '' : ': ' + count);
          };
          const show = cell => {
            panel.replaceChildren();
            const places = data.examples[cell.row + ',' + cell.column] || [];
            const text = document.createElement('p');
            text.textContent = describe(cell) + (places.length ? '' : ' (no examples on this page)');
            panel.append(text);
            for (const index of places) {
              const picture = document.createElement('canvas'), side = data.pictureSide;
              picture.width = picture.height = side;
              picture.title = '#' + data.samples[index];
              picture.getContext('2d').drawImage(
                atlas, index % data.columns * side, Math.floor(index / data.columns) * side, side, side, 0, 0, side, side);
              panel.append(picture);
            }
          };

          canvas.addEventListener('pointermove', event => {
            const at = place(event);
            if (grip) {
              grip.moved = grip.moved || Math.hypot(at.x - grip.x, at.y - grip.y) > 4;
              if (grip.moved) { left = grip.left + at.x - grip.x; top = grip.top + at.y - grip.y; keepInside(); draw(); }
            }
            const cell = cellAt(at);
            tip.hidden = !cell;
            if (!cell) { return; }
            tip.textContent = describe(cell);
            const x = (at.x + margin) / at.ratio, y = at.y / at.ratio;
            tip.style.left = (x > at.box.width / 2 ? x - 14 - tip.offsetWidth : x + 14) + 'px';
            tip.style.top = (y > at.box.height / 2 ? y - 14 - tip.offsetHeight : y + 14) + 'px';
          });
          canvas.addEventListener('pointerleave', () => { tip.hidden = true; });
          canvas.addEventListener('pointerdown', event => {
            const at = place(event);
            grip = { x: at.x, y: at.y, left, top, moved: false };
          });
          addEventListener('pointerup', () => { setTimeout(() => { grip = null; }); });
          canvas.addEventListener('click', event => {
            const cell = cellAt(place(event));
            if (cell && !(grip && grip.moved)) { show(cell); }
          });
          canvas.addEventListener('dblclick', () => { scale = least; left = top = 0; draw(); });
          canvas.addEventListener('wheel', event => {
            event.preventDefault();
            const at = place(event), next = Math.min(most, Math.max(least, scale * Math.exp(-event.deltaY / 300)));
            left = at.x - (at.x - left) * next / scale;
            top = at.y - (at.y - top) * next / scale;
            scale = next;
            keepInside();
            draw();
          }, { passive: false });
          if (slider) { slider.addEventListener('input', () => { frame = +slider.value; draw(); }); }
          for (const image of images) { image.addEventListener('load', draw); }
          draw();
        })();
        """
}
