// The live map: Leaflet on one host element. It fetches outlines once by their address and
// afterwards gets values only; position and zoom stay where the reader left them.

const hosts = new WeakMap(); // host element -> its map
const positions = new Map(); // key of the map -> where the reader left it
const outlines = new Map(); // address -> promise of its GeoJSON
const BORDER = { color: "#5a5a5a", weight: 0.7 };
const CHOSEN = { color: "#000000", weight: 3.5 };
const HOVERED = { color: "#000000", weight: 2.5 };

export async function draw(component, L, css) {
  const { data, parentElement } = component;
  let view = hosts.get(parentElement);
  if (!view) {
    view = create(component, L, css);
    hosts.set(parentElement, view);
  }
  view.data = data;
  view.clicked = (area) => component.setTriggerValue("clicked", area);
  view.map.getContainer().setAttribute("aria-label", data.alternative);
  view.patterns.innerHTML = data.patterns;
  view.turn = (view.turn ?? 0) + 1;
  const turn = view.turn;
  if (view.address !== data.outlines) {
    const geometry = await fetched(data.outlines);
    if (turn !== view.turn) return;
    replaceAreas(view, geometry, L);
  }
  paint(view);
  drawPlaces(view, L);
}

export function remove(parentElement) {
  const view = hosts.get(parentElement);
  if (!view) return;
  hosts.delete(parentElement);
  view.sized.disconnect();
  view.map.remove();
}

function fetched(address) {
  if (!outlines.has(address)) {
    const answer = fetch(address).then((r) => {
      if (!r.ok) throw new Error(`${address}: ${r.status}`);
      return r.json();
    });
    answer.catch(() => outlines.delete(address));
    outlines.set(address, answer);
  }
  return outlines.get(address);
}

function create({ data, parentElement }, L, css) {
  const style = document.createElement("style");
  style.textContent = css;
  const frame = parentElement.querySelector(".karte");
  frame.before(style);
  frame.style.height = `${data.height}px`;
  const map = L.map(frame, {
    attributionControl: false,
    zoomControl: false,
    zoomSnap: 0.25,
    zoomDelta: 0.75,
    scrollWheelZoom: false,
    keyboard: false,
    maxBoundsViscosity: 0.8,
  });
  map.setView([0, 0], 1);
  const view = { map, frame, key: data.key, areas: new Map(), L };
  L.control.zoom({ zoomInTitle: data.words.in, zoomOutTitle: data.words.out }).addTo(map);
  homeButton(view, data.words.home, L);
  wheelWithCtrl(frame, map);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "muster");
  svg.setAttribute("aria-hidden", "true");
  view.patterns = document.createElementNS("http://www.w3.org/2000/svg", "defs");
  svg.append(view.patterns);
  frame.append(svg);
  view.tip = L.tooltip({ sticky: true, className: "hinweis", opacity: 1 });
  map.on("moveend", () => {
    if (view.address) positions.set(view.key, [map.getCenter(), map.getZoom()]);
  });
  view.sized = new ResizeObserver(() => map.invalidateSize());
  view.sized.observe(frame);
  return view;
}

function homeButton(view, title, L) {
  const Home = L.Control.extend({
    onAdd() {
      const bar = L.DomUtil.create("div", "leaflet-bar");
      const button = L.DomUtil.create("a", "", bar);
      Object.assign(button, { href: "#", title, textContent: "⌂", role: "button" });
      button.setAttribute("aria-label", title);
      L.DomEvent.disableClickPropagation(bar);
      L.DomEvent.on(button, "click", (event) => {
        L.DomEvent.preventDefault(event);
        view.map.fitBounds(view.bounds);
      });
      return bar;
    },
  });
  new Home({ position: "topleft" }).addTo(view.map);
}

// The wheel scrolls the page; with Ctrl it zooms the map.
function wheelWithCtrl(frame, map) {
  const choose = (event) =>
    event.ctrlKey ? map.scrollWheelZoom.enable() : map.scrollWheelZoom.disable();
  frame.addEventListener("wheel", choose, { capture: true, passive: true });
}

function replaceAreas(view, geometry, L) {
  view.layer?.remove();
  view.areas.clear();
  view.chosen = view.hovered = undefined;
  view.layer = L.geoJSON(geometry, {
    style: { ...BORDER, fillOpacity: 1, fillColor: "#ffffff" },
    onEachFeature: (feature, layer) => addArea(view, feature.properties, layer),
  });
  const bounds = view.layer.getBounds();
  const left = view.address ? [view.map.getCenter(), view.map.getZoom()] : positions.get(view.key);
  view.bounds = bounds;
  view.map.setMinZoom(0);
  if (left && bounds.contains(left[0])) view.map.setView(left[0], left[1], { animate: false });
  else view.map.fitBounds(bounds, { animate: false });
  view.map.setMinZoom(view.map.getBoundsZoom(bounds) - 1);
  view.map.setMaxBounds(bounds.pad(0.6));
  view.layer.addTo(view.map);
  for (const { layer } of view.areas.values()) makeReachable(view, layer);
  view.address = view.data.outlines;
}

function addArea(view, properties, layer) {
  layer.area = properties.area;
  view.areas.set(properties.area, { layer, name: properties.name });
  layer.on({
    mouseover: (event) => hover(view, layer, event.latlng),
    mousemove: (event) => view.tip.setLatLng(event.latlng),
    mouseout: () => leave(view, layer),
    click: () => view.clicked(layer.area),
  });
}

// One stop of the tab key leads to the map; arrow keys go to the next area in their direction.
function makeReachable(view, layer) {
  const path = layer.getElement();
  path.setAttribute("tabindex", "-1");
  path.setAttribute("role", "link");
  path.dataset.gebiet = layer.area;
  path.addEventListener("focus", () => focused(view, layer, path));
  path.addEventListener("blur", () => leave(view, layer, false));
  path.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") view.clicked(layer.area);
    else if (!event.key.startsWith("Arrow")) return;
    else neighbour(view, layer, event.key)?.getElement().focus();
    event.preventDefault();
    event.stopPropagation();
  });
}

function focused(view, layer, path) {
  view.stop?.setAttribute("tabindex", "-1");
  path.setAttribute("tabindex", "0");
  view.stop = path;
  if (!path.matches(":focus-visible")) return;
  const centre = layer.getBounds().getCenter();
  if (!view.map.getBounds().contains(centre)) view.map.panTo(centre);
  hover(view, layer, centre, false);
}

function neighbour(view, from, key) {
  const here = view.map.latLngToLayerPoint(from.getBounds().getCenter());
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let best;
  let least = Infinity;
  for (const { layer } of view.areas.values()) {
    const point = view.map.latLngToLayerPoint(layer.getBounds().getCenter()).subtract(here);
    const ahead = point.x * dx + point.y * dy;
    const aside = Math.abs(point.x * dy) + Math.abs(point.y * dx);
    if (layer === from || ahead <= 0 || aside > 2 * ahead) continue;
    if (ahead + 2 * aside < least) [best, least] = [layer, ahead + 2 * aside];
  }
  return best;
}

// Raising an area moves its element, and an element that is moved loses the keyboard's focus.
function hover(view, layer, latlng, raise = true) {
  if (view.hovered && view.hovered !== layer) leave(view, view.hovered, raise);
  view.hovered = layer;
  layer.setStyle(HOVERED);
  if (raise) layer.bringToFront();
  view.tip.setContent(told(view, layer.area)).setLatLng(latlng).addTo(view.map);
}

function leave(view, layer, raise = true) {
  layer.setStyle(layer.area === view.data.selected ? CHOSEN : BORDER);
  if (raise) view.areas.get(view.data.selected)?.layer.bringToFront();
  view.tip.remove();
  view.hovered = undefined;
}

// Text from data is never read as HTML.
function told(view, area) {
  const box = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = view.areas.get(area).name;
  box.append(name);
  for (const line of lines(view, area)) {
    const row = document.createElement("div");
    row.textContent = line;
    box.append(row);
  }
  return box;
}

function lines(view, area) {
  const value = view.data.values[area];
  if (!value) return [];
  const help = view.data.classes[value[0]].help;
  return help ? [...value.slice(1), help] : value.slice(1);
}

function paint(view) {
  const { classes, values, selected } = view.data;
  for (const [area, { layer, name }] of view.areas) {
    const fill = classes[values[area]?.[0]]?.fill ?? "#ffffff";
    layer.setStyle({ fillColor: fill, ...(area === selected ? CHOSEN : BORDER) });
    const path = layer.getElement();
    path.setAttribute("aria-label", `${name}: ${lines(view, area).join("; ")}`);
    path.dataset.klasse = classes[values[area]?.[0]]?.key ?? "";
  }
  view.stop?.setAttribute("tabindex", "-1");
  const first = view.areas.get(selected) ?? view.areas.values().next().value;
  view.stop = first?.layer.getElement();
  view.stop?.setAttribute("tabindex", "0");
  view.areas.get(selected)?.layer.bringToFront();
  if (view.hovered) view.tip.setContent(told(view, view.hovered.area));
  view.frame.dataset.bereit = String(view.turn);
}

function drawPlaces(view, L) {
  view.places?.remove();
  view.places = L.layerGroup();
  for (const [lon, lat, label, kind, colour] of view.data.places) {
    const svg = `<svg viewBox="0 0 18 18" width="18" height="18">${view.data.symbols[kind] ?? view.data.symbols.room}</svg>`;
    const icon = L.divIcon({ html: svg, className: "ort", iconSize: [18, 18] });
    const marker = L.marker([lat, lon], { icon, alt: label, keyboard: true });
    const box = document.createElement("span");
    box.textContent = label;
    marker.bindTooltip(box, { className: "hinweis", opacity: 1, direction: "top" });
    marker.addTo(view.places);
    view.places.addTo(view.map);
    const element = marker.getElement();
    element.style.color = colour;
    element.setAttribute("aria-label", label);
  }
}
