// Looked at from within the page, by look.mjs: what is too pale, too small, cut off, or lies on top of each other.
// Its value is an array of sentences. Contrast is that of WCAG 2.2: 4.5 for text, 3 for shapes that say something.
(() => {
	const problems = [];
	const say = (what, element) => {
		const words = (element?.textContent ?? "").trim().slice(0, 60);

		problems.push(words ? `${what}: ${words}` : what);
	};

	const canvas = document.createElementNS("http://www.w3.org/1999/xhtml", "canvas").getContext("2d", { willReadFrequently: true });
	const parse = (colour) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = colour;
		canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	};
	const luminance = ([r, g, b]) => {
		const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

		return 0.2126 * x + 0.7152 * y + 0.0722 * z;
	};
	const contrast = (a, b) => {
		const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);

		return (high + 0.05) / (low + 0.05);
	};
	// What is painted behind an element of HTML.
	const ground = (element) => {
		for (; element; element = element.parentElement) {
			const colour = parse(getComputedStyle(element).backgroundColor);

			if (colour[3] === 255)
				return colour;
		}
		return [255, 255, 255, 255];
	};
	const isShown = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility === "visible";

	// ---- the page
	const smallest = matchMedia("print").matches ? 9.3 : 11; // seven points, on paper
	const root = document.documentElement;
	if (root.tagName === "HTML" && root.scrollWidth > root.clientWidth)
		problems.push(`the page is ${root.scrollWidth} wide where ${root.clientWidth} can be seen`);

	const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
	for (let node; (node = walker.nextNode());) {
		const element = node.parentElement;

		if (!node.data.trim() || !isShown(element) || element.closest("svg, style, script, title"))
			continue;
		const style = getComputedStyle(element);
		const ratio = contrast(parse(style.color), ground(element));

		if (ratio < 4.5)
			say(`contrast ${ratio.toFixed(2)} of text`, element);
		if (parseFloat(style.fontSize) < smallest)
			say(`letters of ${style.fontSize}`, element);
	}
	// What is cut off must be reachable: a table scrolls.
	for (const element of document.querySelectorAll("main *, header *, nav *"))
		if (isShown(element) && !element.closest("svg, div.table, pre") && element.scrollWidth > element.clientWidth + 1 &&
				getComputedStyle(element).display !== "inline")
			say(`${element.tagName.toLowerCase()} is cut off`, element);

	// ---- pictures
	const pictures = [...document.querySelectorAll("svg.picture")];
	const shown = pictures.filter(isShown);
	const forms = new Set(pictures.map((svg) => svg.classList.contains("narrow")));

	if (forms.size === 2 && shown.length * 2 !== pictures.length)
		problems.push(`${shown.length} of ${pictures.length} pictures are shown, and should be one of each two`);
	for (const svg of shown) {
		const frame = svg.viewBox.baseVal;
		const scale = svg.getBoundingClientRect().width / frame.width;
		const page = parse(getComputedStyle(svg).getPropertyValue("--page"));
		const texts = [...svg.querySelectorAll("text")];
		const boxes = texts.map((text) => text.getBBox());
		// Boxes with a text in them: the last one drawn that holds its middle is behind it.
		const grounds = [...svg.querySelectorAll("rect.box, rect.question")];

		for (const id of svg.getAttribute("aria-labelledby").split(" "))
			if (!document.getElementById(id)?.textContent.trim())
				problems.push(`a picture is named by ${id}, which says nothing`);
		texts.forEach((text, i) => {
			const box = boxes[i];
			const behind = grounds.filter((rect) => {
				const outer = rect.getBBox();

				return box.x + box.width / 2 > outer.x && box.x + box.width / 2 < outer.x + outer.width &&
					box.y + box.height / 2 > outer.y && box.y + box.height / 2 < outer.y + outer.height;
			}).pop();
			const colour = behind ? parse(getComputedStyle(behind).fill) : page;
			const ratio = contrast(parse(getComputedStyle(text).fill), colour);
			const size = parseFloat(getComputedStyle(text).fontSize) * scale;
			const outer = behind?.getBBox();

			if (ratio < 4.5)
				say(`contrast ${ratio.toFixed(2)} of text in a picture`, text);
			if (size < 10.95 && !svg.classList.contains("file"))
				say(`letters of ${size.toFixed(1)} px in a picture`, text);
			// Bold letters that a font lacks are made by smearing, a pixel to either side.
			if (box.x < -1.5 || box.y < -0.5 || box.x + box.width > frame.width + 0.5 || box.y + box.height > frame.height + 0.5)
				say("text leaves its picture", text);
			if (outer && (box.x < outer.x || box.x + box.width > outer.x + outer.width))
				say("text leaves its box", text);
			for (let k = 0; k < i; k++) {
				const other = boxes[k];

				// Lines of one paragraph may touch: what letters hang below them is not counted.
				if (box.x < other.x + other.width - 0.5 && other.x < box.x + box.width - 0.5 &&
						box.y + 4 < other.y + other.height && other.y + 4 < box.y + box.height)
					say(`text lies on “${texts[k].textContent}”`, text);
			}
		});
		// Shapes: full ones by their filling, those with a pattern by their edge.
		for (const shape of svg.querySelectorAll("[class*=edge-], .box, .question, .flow, .axis, .curve, .dot, .estimate")) {
			if (shape.closest("pattern"))
				continue;
			const ratio = contrast(parse(getComputedStyle(shape).stroke), page);

			if (ratio < 3)
				say(`contrast ${ratio.toFixed(2)} of a shape (${shape.getAttribute("class")})`);
			const box = shape.getBBox();
			if (box.x < -0.5 || box.x + box.width > frame.width + 0.5 || box.y + box.height > frame.height + 0.5)
				say(`a shape leaves its picture (${shape.getAttribute("class")})`);
		}
		for (const ink of svg.querySelectorAll("pattern [class*=ink-], pattern [class*=fill-]")) {
			const style = getComputedStyle(ink);
			const ratio = contrast(parse(ink.getAttribute("class").includes("ink-") ? style.stroke : style.fill), page);

			if (ratio < 3)
				say(`contrast ${ratio.toFixed(2)} of a pattern (${ink.getAttribute("class")})`);
		}
	}
	return problems.slice(0, 40);
})()
