"""A picture file that says of itself that it was made by a trained model, and how.

XMP in a chunk as the XMP specification (part 3, section 1.1.5) puts it into PNG; the property is DigitalSourceType of
the IPTC Photo Metadata Standard 2023.2, section 8. The whole paradata stand in a second chunk.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from PIL import Image, PngImagePlugin

from ...geometry.typing import ByteImage

XMP_CHUNK = "XML:com.adobe.xmp"
PARADATA_CHUNK = "museum_paradata"
COMPRESSION = 6
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <Iptc4xmpExt:DigitalSourceType>{kind}</Iptc4xmpExt:DigitalSourceType>
   <xmp:CreatorTool>{tool}</xmp:CreatorTool>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt></dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def marked_png(picture: ByteImage, paradata: Mapping[str, Any]) -> bytes:
    """A PNG file of (H, W, 3) uint8 with its paradata. The same picture and paradata give the same bytes."""
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt(XMP_CHUNK, _xmp(paradata))
    text = json.dumps(paradata, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    notes.add_itxt(PARADATA_CHUNK, text, zip=True)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", pnginfo=notes, compress_level=COMPRESSION)
    return stream.getvalue()


def _xmp(paradata: Mapping[str, Any]) -> str:
    model = paradata.get("model") or {}
    tool = f"museum_addon, {paradata['engine']['name']}, {model.get('id', '')}".rstrip(", ")
    return _XMP.format(
        kind=escape(str(paradata["digital_source_type"])), tool=escape(tool), words=escape(str(paradata["prompt"]))
    )
