"""The carrier codes that Amazon knows: a choice of the hundreds in its schema's CarrierCode; case matters."""

from __future__ import annotations

OTHER = "Other"  # needs a carrier's name

CARRIERS = frozenset({
    OTHER, "4PX", "Amazon Shipping", "Aramex", "Asendia", "Australia Post", "BJS", "Blue Package", "BlueDart", "BRT",
    "Canada Post", "CEVA", "China Post", "Chronopost", "City Link", "Colis Prive", "Colissimo", "Correios", "Correos",
    "Correos Express", "Delhivery", "Deutsche Post", "DHL", "DHL eCommerce", "DHL Express", "DHL Freight",
    "DHL Global Mail", "DHL-Paket", "DPD", "DTDC", "DX Freight", "Endicia", "Estafeta", "Evri", "Fastway", "FedEx",
    "FedEx SmartPost", "First Flight", "Geodis", "GEL Express", "GLS", "GO!", "Hermes", "Hermes Logistik Gruppe",
    "India Post", "InPost", "Japan Post", "La Poste", "Lasership", "MRW", "Nacex", "Newgistics", "NipponExpress",
    "OnTrac", "Panther", "Parcelforce", "Parcel2go", "Poczta Polska", "Post NL", "Poste Italiane", "PostNL",
    "PostNord", "Purolator", "Royal Mail", "SagawaExpress", "SDA", "Self Delivery", "SEUR", "SF Express",
    "Singapore Post", "StarTrack", "Streamlite", "Target", "TNT", "TNT Express", "Tourline", "Trans-o-Flex",
    "Tuffnells", "UPS", "UPS Freight", "UPS Mail Innovations", "UPSMI", "USPS", "WINIT", "YAMATO", "YamatoTransport",
    "Yanwen", "Yodel", "YunExpress",
})  # fmt: skip
