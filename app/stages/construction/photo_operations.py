"""What people can do with the photos of the works: put them on the file, take them back, say why one has no position."""

from ...lifecycle import Stage, Status
from ...permissions import Permission
from ...renovation.operations import Operation
from . import pages, rules, service

STAGE = Stage.CONSTRUCTION
ON_SITE = frozenset({Status.DISPATCHED, Status.BUILDING})

PHOTOS: tuple[Operation, ...] = (
    Operation(
        "photos",
        STAGE,
        "上传照片",
        Permission.CONSTRUCTION_REPORT,
        rules.AddPhotos,
        service.add_photos,
        statuses=frozenset({Status.AGREED, *ON_SITE}),
        available=pages.may_photograph,
        context=pages.photos_page,
        additive=True,
    ),
    Operation(
        "remove_photo",
        STAGE,
        "撤下拍错的照片",
        Permission.CONSTRUCTION_REPORT,
        rules.RemovePhoto,
        service.remove_photo,
        statuses=frozenset({Status.AGREED, *ON_SITE}),
        context=pages.remove_page,
        available=pages.may_take_back,
        danger=True,
        consequence=lambda _renovation: "撤下的照片不再算数，要重新拍一张；记录仍留在档案里备查。",
    ),
    Operation(
        "explain_place",
        STAGE,
        "说明照片没有定位",
        Permission.CONSTRUCTION_REPORT,
        rules.ExplainPlace,
        service.explain_place,
        statuses=ON_SITE,
        context=pages.place_page,
        initial=pages.place_initial,
        available=pages.has_unplaced,
        additive=True,
        help="能重拍的请先重拍：打开手机的定位，允许浏览器使用位置，在照片页再拍一张。实在拍不到定位的，才在这里写明原因。",
        consequence=lambda _renovation: "原因和照片一起留在档案里，验收和审计的人看得到；写了就不能改。",
    ),
)
