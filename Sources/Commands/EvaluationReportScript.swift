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
          // In pixels of the page: room for names, the matrix's side, room for the bar of colours, the font.
          let margin = 0, size = 0, font = 13;
          let frame = data.frames.length - 1, scale = 0, left = 0, top = 0, grip = null;
          let least = 0, most = 0;
          const barRoom = 64, barTop = 26;

          const ink = () => getComputedStyle(document.body).color;
          const setFont = pixels => { context.font = pixels + 'px system-ui, sans-serif'; };
          // Of the rows and columns in sight, where there is room.
          const drawNames = () => {
            context.fillStyle = ink();
            setFont(font);
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
          // Of each frame, how bright each cell is.
          const lights = images.map(() => null);
          const lightOf = () => {
            if (!lights[frame]) {
              const copy = document.createElement('canvas'), pixels = copy.getContext('2d');
              copy.width = copy.height = data.side;
              pixels.drawImage(images[frame], 0, 0);
              const bytes = pixels.getImageData(0, 0, data.side, data.side).data;
              lights[frame] = cell => 0.299 * bytes[4 * cell] + 0.587 * bytes[4 * cell + 1] + 0.114 * bytes[4 * cell + 2];
            }
            return lights[frame];
          };
          // In cells that have room for them.
          const drawCounts = () => {
            const known = counts[frame];
            if (!known || scale < 20 || !images[frame].complete) { return; }
            const light = lightOf();
            setFont(Math.min(font, Math.floor(scale / 2.4)));
            context.textAlign = 'center';
            context.textBaseline = 'middle';
            for (const [cell, count] of known) {
              const x = left + (cell % data.side + 0.5) * scale, y = top + (Math.floor(cell / data.side) + 0.5) * scale;
              if (x < 0 || x > size || y < 0 || y > size || context.measureText(count).width > scale - 2) { continue; }
              context.fillStyle = light(cell) > 128 ? '#000' : '#fff';
              context.fillText(count, margin + x, y);
            }
          };
          // Which colour stands for how many.
          const drawBar = () => {
            const x = margin + size + 10, width = 12, height = Math.min(300, size - barTop - 30);
            const gradient = context.createLinearGradient(0, barTop + height, 0, barTop);
            data.colours.forEach((colour, i) => gradient.addColorStop(i / (data.colours.length - 1), colour));
            context.fillStyle = gradient;
            context.fillRect(x, barTop, width, height);
            context.fillStyle = data.ground;
            context.fillRect(x, barTop + height + 8, width, 12);
            context.strokeStyle = context.fillStyle = ink();
            context.lineWidth = 0.5;
            context.strokeRect(x, barTop, width, height);
            context.strokeRect(x, barTop + height + 8, width, 12);
            setFont(11);
            context.textBaseline = 'middle';
            context.textAlign = 'left';
            context.fillText(data.unit, x, 10);
            context.fillText('0', x + width + 4, barTop + height + 14);
            const taken = [];
            for (const tick of [...data.ticks].reverse()) {
              const y = barTop + height * (1 - tick.level);
              if (taken.some(other => Math.abs(other - y) < 14)) { continue; }
              taken.push(y);
              context.fillText(tick.count, x + width + 4, y);
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
            drawCounts();
            context.restore();
            if (scale >= font) { drawNames(); }
            drawBar();
            if (epochName) { epochName.value = data.frames[frame].title; }
          };
          const keepInside = () => {
            left = Math.min(0, Math.max(size - data.side * scale, left));
            top = Math.min(0, Math.max(size - data.side * scale, top));
          };
          // As many pixels as the screen has for it. Names need room, but no more than a part of a narrow window.
          const fit = () => {
            const width = canvas.clientWidth, ratio = window.devicePixelRatio || 1, isWhole = scale === least;
            font = width < 600 ? 11 : 13;
            setFont(font);
            const longest = Math.max(...data.names.map(name => context.measureText(name).width));
            margin = Math.min(longest + 12, width < 600 ? 0.24 * width : 160);
            size = width - margin - barRoom;
            canvas.style.height = size + margin + 'px';
            canvas.width = Math.round(width * ratio);
            canvas.height = Math.round((size + margin) * ratio);
            context.setTransform(ratio, 0, 0, ratio, 0, 0);
            least = size / data.side;
            most = Math.max(48, 8 * least);
            if (isWhole || scale < least) { scale = least; }
            keepInside();
            draw();
          };
          const place = event => {
            const box = canvas.getBoundingClientRect();
            return { x: event.clientX - box.left - margin, y: event.clientY - box.top, box };
          };
          const cellAt = at => {
            if (at.x < 0 || at.x > size || at.y > size) { return null; }
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
            const x = at.x + margin, y = at.y;
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
          addEventListener('resize', fit);
          matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
          fit();
        })();
        """
}
